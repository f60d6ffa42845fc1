import CommandEngine
import CommandFiles
import CommandGuard
import CommandImporters
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

/// Deliveries that real programs sent: each file is taken, or has a reason why it tells nothing.
@Suite(.enabled(if: Shared.data("github") != nil, "the real deliveries are not here"))
struct RealDeliveriesTests {
    @Test(
        arguments: [
            (Sender.github, "github", 31), (.gitlab, "gitlab", 13), (.gitea, "gitea-forgejo", 12),
            (.bitbucket, "bitbucket", 3), (.registry, "registry/distribution-2.8.2", 7),
            (.alertmanager, "alertmanager", 10), (.cdevents, "cdevents/v0.4.1", 11),
            (.cdevents, "cdevents/v0.5.1", 6),
        ])
    func eachIsTakenOrHasAReason(sender: Sender, folder: String, facts: Int) async throws {
        let root = try #require(Shared.data(folder))
        let context = DeliveryContext(now: Fixed.start)
        let recorder = memoryRecorder()
        var refused: [String] = []
        var count = 0
        for case let path as String in try #require(
            FileManager.default.enumerator(atPath: root.path))
        where path.hasSuffix(".json") || path.hasSuffix(".http") {
            let file = try Data(contentsOf: root.appending(path: path))
            try await DeliveryReading.each(file, place: path, headers: [:]) { raw in
                do {
                    let mapped = try sender.map(raw, context)
                    #expect(!mapped.facts.isEmpty || mapped.reason != nil, "\(path)")
                    let read = ReadDelivery(
                        from: sender.rawValue, name: mapped.name, id: mapped.id, body: raw.body,
                        json: mapped.json, facts: mapped.facts, reason: mapped.reason,
                        isProven: false)
                    count += try await recorder.record([read])[0].facts
                } catch let problem as DeliveryProblem { refused.append(problem.reason) }
            }
        }
        // GitLab's own example of a job has a duplicate member.
        #expect(refused.allSatisfy { $0.contains("duplicate member") }, "\(refused)")
        #expect(count == facts)
    }
}
