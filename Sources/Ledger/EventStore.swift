/// The condition on a stream's head for an append.
public enum ExpectedHead: Hashable, Sendable {
    /// Any head: for external facts, which cannot conflict.
    case any
    /// This position; 0 for a stream without entries.
    case position(Int)
}

/// Content that the ledger stores besides its entries, by SHA-256: scripts, plans, bundles.
public struct Content: Hashable, Sendable {
    public let hash: ContentHash
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        hash = ContentHash(of: bytes)
    }
}

/// Drafts for one stream, with the expected head and the contents to store with them.
public struct Append: Hashable, Sendable {
    public let drafts: [Draft]
    public let stream: StreamName
    public let expected: ExpectedHead
    public let contents: [Content]
    /// Whether the drafts are unchanged copies from another ledger.
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

/// Read and append access to a ledger. Appending is the only write. All calls throw `StoreProblem`.
public protocol EventStore: EventReader {
    /// Appends all drafts in order, or none, and stores their contents. Returns the entries.
    ///
    /// A draft whose source is already recorded is not written again: the existing entry is
    /// returned instead. Throws `.conflict` if a stream's head is not the expected one. Throws
    /// `.contradiction` if a known source has different content.
    func append(_ appends: [Append]) async throws -> [Entry]
}

extension EventStore {
    /// Appends all drafts to one stream, or none; see `append(_:)`.
    public func append(
        _ drafts: [Draft], to stream: StreamName, expecting head: ExpectedHead,
        keeping contents: [Content] = []
    ) async throws -> [Entry] {
        try await append([Append(drafts, to: stream, expecting: head, keeping: contents)])
    }
}
