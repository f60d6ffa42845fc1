// Events about the ledger itself: key changes, redactions, merges.

/// `key.changed`: another key signs the checkpoints from the next entry on. Earlier signatures stay
/// valid.
public struct KeyChange: Payload {
    /// The new verifier key (c2sp.org/signed-note).
    public var key: String
    /// The previous verifier key; absent if nothing was signed before.
    public var previous: String?
    public var reason: String?

    public init(key: String, previous: String? = nil, reason: String? = nil) {
        self.key = key
        self.previous = previous
        self.reason = reason
    }
}

/// `payload.redacted`: a recorded decision removed bytes from a payload.
public struct Redacted: Payload {
    public var entry: EntryID
    /// The redacted fields: names, or JSON Pointers (RFC 6901).
    public var fields: [String]
    public var reason: String
    /// SHA-256 of the payload as it was recorded.
    public var payload: ContentHash
    /// SHA-256 of the payload after the redaction.
    public var left: ContentHash
    /// The other people who approved.
    public var approvedBy: [String]?
    /// Their signatures over the statement of the decision (PROTOCOL.sshsig, armored).
    public var signatures: [String]?

    public init(
        entry: EntryID, fields: [String], reason: String, payload: ContentHash, left: ContentHash,
        approvedBy: [String]? = nil, signatures: [String]? = nil
    ) {
        self.entry = entry
        self.fields = fields
        self.reason = reason
        self.payload = payload
        self.left = left
        self.approvedBy = approvedBy
        self.signatures = signatures
    }
}

/// `ledger.merged`: the entries of another ledger were merged into this one, with the log that they
/// come from.
public struct Merge: Payload {
    /// The origin name of the other log, as in its signatures.
    public var origin: String
    /// The verifier key (c2sp.org/signed-note) that verified its checkpoint.
    public var key: String
    /// Its checkpoint over all its entries (c2sp.org/tlog-checkpoint).
    public var checkpoint: String
    /// The headers of its entries. Together with the checkpoint they give the receipt of each
    /// entry. They are stored contents; each but the last has `Merge.headers` lines.
    public var log: [ContentHash]

    public init(origin: String, key: String, checkpoint: String, log: [ContentHash]) {
        self.origin = origin
        self.key = key
        self.checkpoint = checkpoint
        self.log = log
    }

    /// Number of headers in one content. A log that has grown shares all contents but the last with
    /// its earlier state.
    public static let headers = 256
}
