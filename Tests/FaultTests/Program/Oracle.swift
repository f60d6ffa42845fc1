import Foundation
import Ledger
import LedgerProof
import LedgerSQLite
import Projections

/// What a ledger must still be after whatever was done to it.
struct Oracle {
    /// The header of every entry that was attempted, in the order of places.
    var attempted: [String] = []
    /// How many of them had been acknowledged.
    var acknowledged = 0
    /// Every checkpoint that had been handed out.
    var checkpoints: [Checkpoint] = []

    /// What is wrong with the ledger at a path; `nil` if nothing is. Opens it as its next user
    /// would, who knows of nothing.
    func wrong(with path: String) async -> String? {
        do {
            let store = try SQLiteStore(path: path, .writing, views: StoredViews.all)
            defer { try? store.close() }
            return try await wrong(with: store)
        } catch {
            return "it does not open: \(error)"
        }
    }

    private func wrong(with store: SQLiteStore) async throws -> String? {
        var entries: [Entry] = []
        try await store.each { entries.append($0) }
        if entries.count < acknowledged {
            return "\(acknowledged) were acknowledged, and \(entries.count) are there"
        }
        if entries.count > attempted.count { return "there are entries that nobody attempted" }
        for (entry, header) in zip(entries, attempted)
        where LeafHasher.header(of: entry) != header {
            return "entry \(entry.sequence) is another than was attempted"
        }
        if let finding = try store.verify(threads: 1).findings.first {
            return "verify: \(finding)"
        }
        for checkpoint in checkpoints {
            if checkpoint.size > entries.count {
                return "a checkpoint over \(checkpoint.size) was handed out, and "
                    + "\(entries.count) are there"
            }
            if try await store.root(over: checkpoint.size) != checkpoint.root {
                return "it does not go on from the checkpoint over \(checkpoint.size)"
            }
        }
        let more = try await store.append([Load.note(999_999)], to: .general, expecting: .any)
        return more[0].sequence == entries.count + 1 ? nil : "the next entry has a wrong place"
    }
}

/// Entries as a ledger has them.
enum Load {
    static let start = Timestamp(seconds: 1_795_165_200)

    static func note(_ number: Int, _ text: String = "note") -> Draft {
        draft(number, "note.added", Subject(), #"{"text":"\#(text) \#(number)"}"#)
    }

    /// A deploy, a step, an image, an observation, a note: whatever views are made of.
    static func entry(_ number: Int, kind: Int? = nil) -> (draft: Draft, stream: StreamName) {
        let environment = EnvironmentName(unchecked: number % 3 == 0 ? "staging" : "production")
        let subject = Subject(
            environment: environment, service: ServiceName(unchecked: "web\(number % 4)"),
            tag: ReleaseTag(unchecked: "v0.\(number).0"),
            digest: ImageDigest(unchecked: "sha256:" + String(repeating: "ab", count: 32)))
        let stream = StreamName.environment(environment)
        switch (kind ?? number) % 5 {
        case 0: return (draft(number, "deploy.finished", subject, #"{"verified":true}"#), stream)
        case 1:
            return (
                draft(
                    number, "host.observed", subject,
                    #"{"host":"h\#(number % 3)","reachable":true}"#),
                stream
            )
        case 2:
            return (draft(number, "fence.raised", subject, #"{"reason":"it was slow"}"#), stream)
        case 3:
            var image = subject
            image.environment = nil
            return (draft(number, "image.tagged", image, "{}"), .general)
        default: return (note(number, String(repeating: "word ", count: number % 60)), .general)
        }
    }

    private static func draft(
        _ number: Int, _ kind: String, _ subject: Subject, _ payload: String
    ) -> Draft {
        let time = start.adding(seconds: Double(number))
        return Draft(
            id: EntryID(time: time, random: (UInt64(number), UInt64(number) << 8)), kind: kind,
            subject: subject, payload: payload, time: time, recorded: time,
            by: Author(name: "alice"), salt: .bits(UInt64(number), 7))
    }
}
