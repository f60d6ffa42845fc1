internal import LedgerText

/// One file of a static log (c2sp.org/tlog-tiles).
public struct TileFile: Hashable, Sendable {
    /// Relative to the log's folder or address.
    public let path: String
    public let bytes: [UInt8]

    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// The file paths of a static log (c2sp.org/tlog-tiles, "Merkle Tree").
public enum TilePath {
    /// Number of hashes in a full tile, and of entries in a full bundle.
    public static let width = 256
    /// Levels of the tree that one tile spans.
    static let height = 8
    public static let checkpoint = "checkpoint"

    /// The path of hash tile `index` at a tile level; `count` hashes, 256 if it is full.
    public static func tile(level: Int, _ index: Int, count: Int = width) -> String {
        "tile/\(level)/\(name(index, count))"
    }

    /// The path of entry bundle `index`.
    public static func entries(_ index: Int, count: Int = width) -> String {
        "tile/entries/\(name(index, count))"
    }

    /// 1234067 becomes x001/x234/067; a partial file has its count in the path.
    private static func name(_ index: Int, _ count: Int) -> String {
        var groups: [String] = []
        var rest = index
        repeat {
            let digits = "\(rest % 1000)"
            let group = String(repeating: "0", count: 3 - digits.count) + digits
            groups.insert(groups.isEmpty ? group : "x" + group, at: 0)
            rest /= 1000
        } while rest > 0
        return groups.joined(separator: "/") + (count == width ? "" : ".p/\(count)")
    }
}

/// Builds the files of a static log from its entries, in order. It keeps at most one tile per level
/// in memory.
public struct TileBuilder {
    public private(set) var tree = Tree()
    /// The hashes of each tile level that are not yet in a full tile.
    private var hashes: [[TreeHash]] = []
    private var bundle: [UInt8] = []
    /// Maximum size of an entry in a bundle, in bytes.
    public static let mostBytes = Int(UInt16.max)

    public init() {}

    /// Adds an entry; returns the files that it completed. Throws `ProofProblem` if the entry is
    /// too long.
    public mutating func add(_ entry: [UInt8]) throws(ProofProblem) -> [TileFile] {
        guard entry.count <= Self.mostBytes else {
            throw ProofProblem(
                "entry \(tree.size + 1) has \(entry.count) bytes; "
                    + "the maximum in an entry bundle is \(Self.mostBytes)")
        }
        bundle += [UInt8(entry.count >> 8), UInt8(entry.count & 255)] + entry
        let index = tree.size / TilePath.width
        let nodes = tree.append(Receipt.leaf(of: entry))
        var files: [TileFile] = []
        if tree.size.isMultiple(of: TilePath.width) {
            files.append(TileFile(path: TilePath.entries(index), bytes: bundle))
            bundle.removeAll(keepingCapacity: true)
        }
        for level in stride(from: 0, to: nodes.count, by: TilePath.height) {
            let place = level / TilePath.height
            if hashes.count == place { hashes.append([]) }
            hashes[place].append(nodes[level])
            guard hashes[place].count == TilePath.width else { continue }
            files.append(
                TileFile(
                    path: TilePath.tile(level: place, (tree.size - 1) >> (level + TilePath.height)),
                    bytes: hashes[place].flatMap(\.bytes)))
            hashes[place].removeAll(keepingCapacity: true)
        }
        return files
    }

    /// The partial files at the right edge.
    public func edge() -> [TileFile] {
        var files: [TileFile] = []
        if !bundle.isEmpty {
            let path = TilePath.entries(
                tree.size / TilePath.width, count: tree.size % TilePath.width)
            files.append(TileFile(path: path, bytes: bundle))
        }
        for (level, hashes) in hashes.enumerated() where !hashes.isEmpty {
            let index = tree.size >> (TilePath.height * (level + 1))
            files.append(
                TileFile(
                    path: TilePath.tile(level: level, index, count: hashes.count),
                    bytes: hashes.flatMap(\.bytes)))
        }
        return files
    }
}

/// Recomputes a static log from its entry bundles and derives the tiles that must exist. The caller
/// fetches `next`, passes the bytes to `take`, and compares the returned tiles with the stored
/// ones.
public struct TileCheck {
    public let checkpoint: Checkpoint
    private var builder = TileBuilder()
    /// The requested tree sizes, and their roots.
    private var wanted: Set<Int>
    public private(set) var roots: [Int: TreeHash] = [:]

    /// The roots over the `sizes` are kept, for comparison with earlier checkpoints.
    ///
    /// Throws `ProofProblem` if an empty log does not have the root of the empty tree.
    public init(_ checkpoint: Checkpoint, rootsOver sizes: [Int] = []) throws(ProofProblem) {
        self.checkpoint = checkpoint
        wanted = Set(sizes)
        if checkpoint.size == 0 { try checkRoot() }
    }

    private func checkRoot() throws(ProofProblem) {
        if builder.tree.root == checkpoint.root { return }
        throw ProofProblem(
            "the entries have the root \(builder.tree.root), the checkpoint has "
                + "\(checkpoint.root)")
    }

    /// The required number of entries in the next bundle.
    private var count: Int { min(TilePath.width, checkpoint.size - builder.tree.size) }

    /// The path of the next entry bundle; `nil` after the last one.
    public var next: String? {
        count == 0
            ? nil : TilePath.entries(builder.tree.size / TilePath.width, count: count)
    }

    /// Reads the bytes of `next`; returns the tiles that follow from them. Throws `ProofProblem` if
    /// the bundle is malformed or has the wrong number of entries. After the last bundle it also
    /// throws if the root differs from the checkpoint's.
    public mutating func take(_ bytes: [UInt8]) throws(ProofProblem) -> [TileFile] {
        var files: [TileFile] = []
        var rest = bytes[...]
        let path = next ?? TilePath.checkpoint
        for _ in 0..<count {
            let head = rest.prefix(2)
            let length = head.reduce(0) { $0 << 8 | Int($1) }
            guard head.count == 2, rest.count >= 2 + length else {
                throw ProofProblem("\(path) ends too early")
            }
            files += try builder.add(Array(rest.dropFirst(2).prefix(length)))
            rest = rest.dropFirst(2 + length)
            if wanted.contains(builder.tree.size) { roots[builder.tree.size] = builder.tree.root }
        }
        guard rest.isEmpty else { throw ProofProblem("\(path) has more entries than expected") }
        if count == 0 {
            try checkRoot()
            files += builder.edge()
        }
        return files.filter { !$0.path.begins(with: "tile/entries/") }
    }
}
