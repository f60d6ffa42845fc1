public import Ledger

/// An operation on the ledger's file as a whole. It needs no playbook and no author, so that it
/// works when other parts are damaged.
public protocol Upkeep: Operation {
    /// Throws `Refusal` or `StoreProblem`.
    func answer(at store: any KeptLedger) async throws -> Answer
}

extension Upkeep {
    public static var right: Right { .administer }
}

/// Rebuild the stored views and the search index from the entries
///
/// It also updates the file of an older version. Entries are not changed.
public struct RebuildViews: Upkeep {
    public init() {}

    /// What was rebuilt.
    public struct Answer: Codable, Hashable, Sendable {
        /// The number of entries.
        public let entries: Int
    }

    public func answer(at store: any KeptLedger) async throws -> Answer {
        // Rebuilding views from modified entries would hide the modification.
        if let bad = try await store.verify(.everything, threads: 2, signers: nil).findings
            .first(where: { $0.sequence != nil })
        {
            throw StoreProblem(
                .damaged, "nothing was rebuilt: the entries were modified", cause: "\(bad)",
                hint: "keep the file as it is, and restore a backup beside it")
        }
        try await store.rebuild()
        return Answer(entries: try await store.head().sequence)
    }
}
