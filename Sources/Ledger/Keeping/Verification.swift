public import LedgerProof

/// The result of verification.
public struct Verification: Sendable {
    /// Data that contradicts the entries' hashes, or that does not match the entries.
    public struct Finding: Sendable, Equatable, CustomStringConvertible {
        /// The kind of a finding.
        public enum Kind: Sendable {
            /// The ledger was changed or damaged.
            case damage
            /// The entries are intact; a stored view or the search index must be rebuilt.
            case outdatedView
            /// A signature was made with an unknown key.
            case unknownKey
        }
        public let kind: Kind
        /// The sequence of the affected entry; `nil` if there is none.
        public let sequence: Int?
        public let what: String

        public init(_ kind: Kind = .damage, sequence: Int?, what: String) {
            self.kind = kind
            self.sequence = sequence
            self.what = what
        }

        public var description: String {
            sequence.map { "entry \($0): \(what)" } ?? what
        }
    }
    public let entries: Int
    public let root: TreeHash
    /// Number of entries with a redacted payload.
    public let redacted: Int
    /// Ordered by sequence.
    public let findings: [Finding]

    public init(entries: Int, root: TreeHash, redacted: Int, findings: [Finding]) {
        self.entries = entries
        self.root = root
        self.redacted = redacted
        self.findings = findings
    }
}
