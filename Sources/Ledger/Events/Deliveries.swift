/// `delivery.received`: another program sent a message in its own format. The facts in it become
/// separate entries, with this entry as their cause.
public struct Delivery: Payload {
    /// The sender: `github`, `registry`.
    public var from: String
    /// The sender's name for the event: `push`.
    public var name: String
    /// The body as received; the ledger stores it under this hash.
    public var body: ContentHash
    /// Length of the body in bytes.
    public var bytes: Int
    /// Number of facts that were read from the body.
    public var facts: Int
    /// Why the body yielded no fact, or not all of its facts.
    public var reason: String?
    /// True if a signature or a shared secret authenticated the sender.
    public var proven: Bool?
    /// True if secrets were removed from the body before it was stored; it is then canonical JSON.
    public var cleaned: Bool?

    public init(
        from: String, name: String, body: ContentHash, bytes: Int, facts: Int,
        reason: String? = nil, proven: Bool? = nil, cleaned: Bool? = nil
    ) {
        self.from = from
        self.name = name
        self.body = body
        self.bytes = bytes
        self.facts = facts
        self.reason = reason
        self.proven = proven
        self.cleaned = cleaned
    }
}
