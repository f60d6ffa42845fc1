/// `delivery.received`: another program told of something, in its own words. The facts that it
/// tells of are entries of their own, with this one as their cause.
public struct Delivery: Payload {
    /// Who sent it: `github`, `registry`.
    public var from: String
    /// What the sender calls the event: `push`.
    public var name: String
    /// The body as it came, which the ledger keeps under this hash.
    public var body: ContentHash
    /// How long the body is.
    public var bytes: Int
    /// How many facts were read from it.
    public var facts: Int
    /// Why it tells of no fact, or not of all that it speaks of.
    public var reason: String?
    /// True if a signature or a shared secret proved who sent it.
    public var proven: Bool?
    /// True if secrets were taken out of the body before it was kept: it is then canonical JSON.
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
