public import LedgerProof

/// How much is verified.
public enum VerificationScope: Sendable {
    case everything
    /// What shows within seconds that the past is what it was: every leaf, tree node and root, the
    /// redactions, the heads of streams, the triggers, and the views that say what runs
    /// (`StoredView.isKey`).
    ///
    /// Left out are the pages and indexes of the file, the search index, the other views, the
    /// stored contents and the checkpoints.
    case quick
}

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
