import Commands
import Foundation
import Support
import Testing

/// The rules on files of real projects, against what people say of them who have read them.
@Suite(.enabled(if: Shared.data("projects/LABELS.tsv") != nil, "the real files are not here"))
struct RealFilesTests {
    /// A person's verdict on a file.
    private struct Label {
        let path: String
        let topic: String
        let isBad: Bool
    }

    /// Labels that say yes or no, of the topics that there are rules for.
    private func labels() throws -> [Label] {
        let text = try String(
            contentsOf: #require(Shared.data("projects/LABELS.tsv")), encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard line.first != "#", parts.count > 2, ["ok", "violation"].contains(parts[2]) else {
                return nil
            }
            return Label(
                path: String(parts[0]), topic: String(parts[1]), isBad: parts[2] == "violation")
        }
    }

    private func tree() throws -> SourceTree {
        let root = try #require(Shared.data("projects"))
        var tree = SourceTree(texts: [:])
        for case let path as String in try #require(
            FileManager.default.enumerator(atPath: root.path))
        where SourceTree.role(of: path) != nil {
            let file = root.appending(path: path)
            tree.texts[path] = try? String(contentsOf: file, encoding: .utf8)
        }
        return tree
    }

    /// How many of a hundred verdicts have to be right.
    private static let wanted: [String: Double] = [
        "nonroot": 0.95, "secrets": 0.9, "volumes": 0.9, "weights": 0.9, "dockerignore": 0.9,
        "movingtag": 0.9, "dockersock": 1,
    ]
    private static let rules: [String: GuardRule] = [
        "nonroot": .rootUser, "secrets": .literalSecret, "volumes": .volumes,
        "weights": .modelWeights, "movingtag": .movingTag, "dockersock": .dockerSocket,
    ]

    @Test func verdictsAreThoseOfPeople() throws {
        let findings = Guard(try tree(), today: Fixed.start).judge().findings
        #expect(!findings.contains { $0.rule == .unreadable })
        var right: [String: Int] = [:]
        var all: [String: Int] = [:]
        for label in try labels() {
            let parts = label.topic.split(separator: ":").map(String.init)
            let found = findings.contains { finding in
                guard finding.path == label.path else { return false }
                if parts.count == 2 {
                    return finding.rule == .ignoreFile && finding.message.hasPrefix(parts[1] + " ")
                }
                return finding.rule == Self.rules[label.topic]
            }
            guard Self.wanted[parts[0]] != nil else { continue }
            all[parts[0], default: 0] += 1
            if found == label.isBad { right[parts[0], default: 0] += 1 }
        }
        for (topic, share) in Self.wanted {
            let (good, count) = (right[topic] ?? 0, all[topic] ?? 0)
            #expect(
                count > 0 && Double(good) >= share * Double(count), "\(topic): \(good)/\(count)")
        }
    }
}
