import CommandSecrets
import Foundation

/// The secret filter on real texts: what it finds among labelled secrets, what it takes out of
/// texts that hold none, and how many bytes a second it reads.
///
/// `--plain` names a file of JSON lines `{"text":…}` without secrets, `--labelled` one of
/// `{"text":…, "secret":…, "kind":…, "tier":…}`. What it got wrong is written to `--wrong FILE`.
struct SecretFigures {
    private struct Line: Decodable {
        var text: String
        var secret: String?
        var kind: String?
        var tier: String?
        var source: String?
    }

    let arguments: Arguments
    private let filter = SecretFilter(variables: [:], secrets: [])

    init(_ arguments: Arguments) { self.arguments = arguments }

    func run() throws {
        var wrong: [String] = []
        if let path = arguments["plain"] { try plain(Self.lines(path), &wrong) }
        if let path = arguments["labelled"] { try labelled(Self.lines(path), &wrong) }
        if let path = arguments["wrong"] {
            try Data(wrong.joined(separator: "\n").utf8).write(to: URL(filePath: path))
        }
    }

    private static func lines(_ path: String) throws -> [Line] {
        try Data(contentsOf: URL(filePath: path)).split(separator: 10).map {
            try JSONDecoder().decode(Line.self, from: $0)
        }
    }

    private func plain(_ lines: [Line], _ wrong: inout [String]) {
        var changed = 0
        for line in lines {
            let clean = filter.redacted(line.text)
            if clean == line.text { continue }
            changed += 1
            let place = clean.firstRange(of: "***")?.lowerBound ?? clean.startIndex
            let start =
                clean.index(place, offsetBy: -40, limitedBy: clean.startIndex) ?? clean.startIndex
            let around = line.text.prefix(4000).replacing("\n", with: "⏎")
            wrong.append(
                "PLAIN \(line.source ?? "") | \(clean[start...].prefix(60).replacing("\n", with: "⏎")) | \(around.prefix(300))"
            )
        }
        print("texts without secrets: \(lines.count), changed: \(changed)")
        // Throughput: the same texts as one stream of output, three times; the best counts.
        let bytes = Array(lines.map(\.text).joined(separator: "\n").utf8)
        var best = 0.0
        for _ in 0..<3 {
            var stream = SecretStream(filter)
            let begin = DispatchTime.now().uptimeNanoseconds
            for start in stride(from: 0, to: bytes.count, by: 64 << 10) {
                _ = stream.add(bytes[start..<min(bytes.count, start + 64 << 10)])
            }
            _ = stream.finish()
            let seconds = Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9
            best = max(best, Double(bytes.count) / seconds / 1e6)
        }
        print("read: \(bytes.count) bytes at \(Int(best)) MB/s")
    }

    private func labelled(_ lines: [Line], _ wrong: inout [String]) {
        var tiers: [String: (all: Int, found: Int)] = [:]
        var kinds: [String: (all: Int, found: Int)] = [:]
        for line in lines {
            guard let secret = line.secret else { continue }
            let clean = filter.redacted(line.text)
            // None of its longer pieces may stay.
            let pieces = stride(from: 0, to: max(1, secret.utf8.count - 9), by: 1).map {
                Array(secret.utf8.dropFirst($0).prefix(10))
            }
            let bytes = Array(clean.utf8)
            let isFound = !pieces.contains { bytes.firstRange(of: $0) != nil }
            for key in [line.tier ?? "core"] {
                tiers[key, default: (0, 0)].all += 1
                if isFound { tiers[key]?.found += 1 }
            }
            let kind = "\(line.tier ?? "core") \(line.kind ?? "")"
            kinds[kind, default: (0, 0)].all += 1
            if isFound {
                kinds[kind]?.found += 1
            } else {
                wrong.append(
                    "MISSED \(kind) | \(line.text.prefix(260).replacing("\n", with: "⏎")) | \(secret.prefix(60).replacing("\n", with: "⏎")) | \(clean.prefix(160).replacing("\n", with: "⏎"))"
                )
            }
        }
        for (tier, counts) in tiers.sorted(by: { $0.key < $1.key }) {
            let share = Double(counts.found) / Double(counts.all) * 100
            print(
                "labelled \(tier): \(counts.found) of \(counts.all) found, \(String(format: "%.2f", share)) %"
            )
        }
        if arguments["kinds"] == "yes" {
            for (kind, counts) in kinds.sorted(by: { $0.key < $1.key })
            where counts.found < counts.all {
                print("  \(kind): \(counts.found) of \(counts.all)")
            }
        }
    }
}
