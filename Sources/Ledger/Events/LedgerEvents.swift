// What a ledger records of itself: its key, its gaps, what was recorded apart.

/// `key.changed`: from the next entry on another key signs the checkpoints. What the earlier ones
/// signed stays valid.
public struct KeyChange: Payload {
    /// The verifier key of the new one (c2sp.org/signed-note).
    public var key: String
    /// That of the one before it; none if nothing was signed until now.
    public var previous: String?
    public var reason: String?

    public init(key: String, previous: String? = nil, reason: String? = nil) {
        self.key = key
        self.previous = previous
        self.reason = reason
    }
}

/// `payload.redacted`: bytes were taken out of a payload by a recorded decision.
public struct Redacted: Payload {
    public var entry: EntryID
    /// What was taken out: names of fields, or JSON Pointers (RFC 6901).
    public var fields: [String]
    public var reason: String
    /// SHA-256 of the payload as it was recorded.
    public var payload: ContentHash
    /// SHA-256 of the payload as the decision leaves it.
    public var left: ContentHash
    /// Who else said yes.
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

/// `ledger.merged`: what was recorded apart has joined this ledger, with the log it comes from.
public struct Merge: Payload {
    /// The name of the other log, as it signs.
    public var origin: String
    /// The verifier key (c2sp.org/signed-note) under which its checkpoint was believed.
    public var key: String
    /// Its checkpoint over all that it had (c2sp.org/tlog-checkpoint).
    public var checkpoint: String
    /// The headers of its entries, which with the checkpoint give the receipt of each: kept
    /// contents, each of `Merge.headers` lines but the last.
    public var log: [ContentHash]

    public init(origin: String, key: String, checkpoint: String, log: [ContentHash]) {
        self.origin = origin
        self.key = key
        self.checkpoint = checkpoint
        self.log = log
    }

    /// Headers in one content: so that a log which has grown shares all but the last with what it
    /// was.
    public static let headers = 256
}
