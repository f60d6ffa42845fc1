import Foundation
import Ledger

/// The most memory that whole programs ever held: with a small ledger, and with a large one.
struct MemorySides {
    let folder: String
    let program: String

    /// A small case beside each large one.
    static let small = 10_000

    /// MiB at most, by what was done, with the first `count` of the events.
    func peaks(_ events: [WorkEvent], repository: String) throws -> [(name: String, peak: Double)] {
        // A room of its own, removed whole: a ledger leaves more than one file.
        let room = "\(folder)/memory"
        try FileManager.default.createDirectory(atPath: room, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: room) }
        let ledger = "\(room)/ledger.db"
        let lines = "\(room)/events.jsonl"
        try write(events, to: lines)
        try Whole.once([program, "init", "--db", ledger, "--playbook", "\(folder)/none.yaml"])
        let `import` = try Whole.peak([program, "import", "git", repository, "--db", ledger])
        let record = try Whole.peak(
            ["sh", "-c", "exec \(program) record - --db \(ledger) < \(lines)"])
        let rebuild = try Whole.peak([program, "rebuild", "--db", ledger])
        let verify = try Whole.peak([program, "verify", "--db", ledger])
        return [
            ("importing", `import`), ("recording lines", record), ("replaying", rebuild),
            ("verifying", verify),
        ]
    }

    /// The events as the lines that `ledger record -` takes.
    private func write(_ events: [WorkEvent], to path: String) throws {
        var file = try Lines(path)
        for (index, event) in events.enumerated() {
            let subject = event.subject
            let isDeploy = subject.environment != nil
            let fields: [(String, String?)] = [
                ("kind", isDeploy ? "deploy.finished" : "image.tagged"), ("by", event.by),
                ("time", event.time.description), ("source", "bench"), ("sourceID", "\(index)"),
                ("environment", subject.environment?.rawValue),
                ("service", subject.service?.rawValue), ("tag", subject.tag?.rawValue ?? "v0.1.0"),
                ("digest", subject.digest?.rawValue ?? ImageDigest.example),
                ("revision", subject.revision?.rawValue),
            ]
            let members = fields.compactMap { name, value in value.map { "\"\(name)\":\"\($0)\"" } }
            try file.add("{\(members.joined(separator: ","))}\n")
        }
        try file.close()
    }
}
