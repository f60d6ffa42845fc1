/// What a stream's head must be for an append to be made.
public enum ExpectedHead: Hashable, Sendable {
    /// Whatever it is: for facts from outside, which nothing can contradict.
    case any
    /// This position; 0 for a stream without entries.
    case position(Int)
}

/// Bytes that the ledger keeps beside its entries, under their SHA-256: scripts, plans, bundles.
public struct Content: Hashable, Sendable {
    public let hash: ContentHash
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        hash = ContentHash(of: bytes)
    }
}

/// Drafts for one stream, with what its head must be, and contents to keep with them.
public struct Append: Hashable, Sendable {
    public let drafts: [Draft]
    public let stream: StreamName
    public let expected: ExpectedHead
    public let contents: [Content]
    /// Whether the drafts come from a copy of another ledger, as they are there.
    public var isCopy = false

    public init(
        _ drafts: [Draft], to stream: StreamName, expecting expected: ExpectedHead,
        keeping contents: [Content] = []
    ) {
        self.drafts = drafts
        self.stream = stream
        self.expected = expected
        self.contents = contents
    }
}

/// The port to what keeps a ledger. Appending is the only write. All calls throw `StoreProblem`.
public protocol EventStore: EventReader {
    /// Adds the drafts in their order, all or none, and keeps the contents with them; gives the
    /// entries.
    ///
    /// A draft whose source is known already is not written again: the entry that exists is
    /// returned in its place. Throws `.conflict` if a stream's head is not the expected one,
    /// `.contradiction` if a known source comes with different content.
    func append(_ appends: [Append]) async throws -> [Entry]
}

extension EventStore {
    /// Adds the drafts to one stream, all or none; see `append(_:)`.
    public func append(
        _ drafts: [Draft], to stream: StreamName, expecting head: ExpectedHead,
        keeping contents: [Content] = []
    ) async throws -> [Entry] {
        try await append([Append(drafts, to: stream, expecting: head, keeping: contents)])
    }
}
