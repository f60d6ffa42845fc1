package import Crypto
internal import LedgerText

/// 32 bytes of SHA-256.
public struct TreeHash: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// The first 32 bytes.
    public init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count >= 32)
        words = bytes.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self)
    }

    package init(_ digest: SHA256Digest) {
        self = digest.withUnsafeBytes { TreeHash($0) }
    }

    /// `nil` unless there are 32 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self = bytes.withUnsafeBytes { TreeHash($0) }
    }

    /// Calls `body` with the 32 bytes.
    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try Swift.withUnsafeBytes(of: words, body)
    }

    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
    public var description: String { Hex.encode(bytes) }

    public static func == (left: TreeHash, right: TreeHash) -> Bool { left.words == right.words }
    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// The right edge of an RFC 6962 Merkle tree: enough to append leaves and to compute the root.
public struct Tree: Hashable, Sendable {
    /// The number of leaves.
    public private(set) var size: Int
    /// The roots of its perfect subtrees, largest first: one for each 1 in the size's binary form.
    public private(set) var edge: [TreeHash]

    public init() { (size, edge) = (0, []) }

    /// The tree of `size` leaves with this right edge; `nil` if the edge has another length.
    public init?(size: Int, edge: [TreeHash]) {
        guard size >= 0, edge.count == size.nonzeroBitCount else { return nil }
        (self.size, self.edge) = (size, edge)
    }

    /// Adds a leaf's hash; returns it with the inner nodes that it completed, from the bottom up.
    public mutating func append(_ leaf: TreeHash) -> [TreeHash] {
        var nodes = [leaf]
        var node = leaf
        var rest = size
        while rest & 1 == 1 {
            node = Tree.node(edge.removeLast(), node)
            nodes.append(node)
            rest >>= 1
        }
        edge.append(node)
        size += 1
        return nodes
    }

    /// Counts a leaf without hashing. For benchmarks that measure an append without the cost of the
    /// tree.
    package mutating func grow() -> [TreeHash] {
        size += 1
        edge = Array(repeating: Self.nothing, count: size.nonzeroBitCount)
        return [Self.nothing]
    }

    private static let nothing = TreeHash(SHA256.hash(data: [UInt8]()))

    /// The root. For the empty tree it is the SHA-256 of the empty string (RFC 6962, section 2.1).
    public var root: TreeHash {
        guard var root = edge.last else { return Self.nothing }
        for left in edge.dropLast().reversed() { root = Tree.node(left, root) }
        return root
    }

    /// The first byte of what is hashed, so that no leaf is taken for an inner node (RFC 6962,
    /// section 2.1).
    package static let leafPrefix: UInt8 = 0x00
    private static let nodePrefix: UInt8 = 0x01

    /// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
    public static func node(_ left: TreeHash, _ right: TreeHash) -> TreeHash {
        withUnsafeTemporaryAllocation(byteCount: 65, alignment: 8) { bytes in
            bytes[0] = nodePrefix
            left.withUnsafeBytes { bytes[1...].copyBytes(from: $0) }
            right.withUnsafeBytes { bytes[33...].copyBytes(from: $0) }
            var hasher = SHA256()
            hasher.update(bufferPointer: UnsafeRawBufferPointer(bytes))
            return TreeHash(hasher.finalize())
        }
    }

    /// Locates the nodes on the right edge of a tree of `size` leaves. Each is given by the
    /// sequence of the entry that completed it, and its level (0 for a leaf). An entry stores the
    /// nodes that it completed.
    public static func edgePlaces(size: Int) -> [(sequence: Int, level: Int)] {
        var places: [(Int, Int)] = []
        var upto = 0
        for level in stride(from: Int.bitWidth - 2, through: 0, by: -1) where size >> level & 1 == 1
        {
            upto += 1 << level
            places.append((upto, level))
        }
        return places
    }
}

extension UnsafeMutableRawBufferPointer {
    /// The rest of the buffer, as a buffer.
    fileprivate subscript(from: PartialRangeFrom<Int>) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: self[from.lowerBound..<count])
    }
}
