public import LedgerProof

/// Whether a ledger is opened for queries only, or also for appends.
public enum LedgerAccess: Sendable { case reading, writing }

/// Access to a stored ledger, with the operations that its administrator needs besides queries and
/// appends. All calls throw `StoreProblem`.
public protocol KeptLedger: EventStore {
    /// The location of the ledger: a path, or an address without secrets.
    var location: String { get }

    /// Recomputes leaves, nodes, roots, checkpoints, stream heads, stored contents, stored views
    /// and the search index, in parallel; less with another scope.
    func verify(
        _ scope: VerificationScope, threads: Int, signers: [VerifierKey]?
    ) async throws -> Verification

    /// Rebuilds all stored views and the search index from the entries.
    func rebuild() async throws

    /// Writes a verified copy to a new file.
    func backup(to path: String) async throws -> Verification

    /// The entries that are known to be lost; `nil` if there are none.
    func gone() async throws -> ClosedRange<Int>?

    /// Removes redacted bytes from free space.
    func scrub() async throws

    /// The copies on this machine that still contain redacted bytes of an entry.
    func copies(holding entry: Entry) async -> [KnownCopy]

    func close() async throws
}
