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

/// Where the files of a static log stand (c2sp.org/tlog-tiles, "Merkle Tree").
public enum TilePath {
    /// Hashes of a full tile, and entries of a full bundle.
    public static let width = 256
    /// Levels of the tree that one tile spans.
    static let height = 8
    public static let checkpoint = "checkpoint"

    /// The tile of hashes `index` at a tile level; `count` of them, 256 if it is full.
    public static func tile(level: Int, _ index: Int, count: Int = width) -> String {
        "tile/\(level)/\(name(index, count))"
    }

    /// The bundle of entries `index`.
    public static func entries(_ index: Int, count: Int = width) -> String {
        "tile/entries/\(name(index, count))"
    }

    /// 1234067 is x001/x234/067; a file that is not full says how many it holds.
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

/// Makes the files of a static log from its entries, in their order. It holds no more than one tile
/// a level.
public struct TileBuilder {
    public private(set) var tree = Tree()
    /// Hashes of each tile level that are in no full tile yet.
    private var hashes: [[TreeHash]] = []
    private var bundle: [UInt8] = []
    /// Longer entries have no room in a bundle.
    public static let mostBytes = Int(UInt16.max)

    public init() {}

    /// Adds an entry; gives the files that it made full. Throws `ProofProblem` if it is too long.
    public mutating func add(_ entry: [UInt8]) throws(ProofProblem) -> [TileFile] {
        guard entry.count <= Self.mostBytes else {
            throw ProofProblem(
                "entry \(tree.size + 1) has \(entry.count) bytes; "
                    + "an entry bundle has room for \(Self.mostBytes)")
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

    /// The files at the right edge, which are not full.
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

/// Reads a static log anew, from its bundles of entries on, and says which tiles must stand there:
/// whoever fetches files asks for `next`, hands the bytes to `take`, and compares what it gives.
public struct TileCheck {
    public let checkpoint: Checkpoint
    private var builder = TileBuilder()
    /// Sizes whose roots are wanted, and those roots.
    private var wanted: Set<Int>
    public private(set) var roots: [Int: TreeHash] = [:]

    /// Roots over the `sizes` are remembered on the way, to be held against earlier checkpoints.
    ///
    /// Throws `ProofProblem` if an empty log has a root that none can have.
    public init(_ checkpoint: Checkpoint, rootsOver sizes: [Int] = []) throws(ProofProblem) {
        self.checkpoint = checkpoint
        wanted = Set(sizes)
        if checkpoint.size == 0 { try checkRoot() }
    }

    private func checkRoot() throws(ProofProblem) {
        if builder.tree.root == checkpoint.root { return }
        throw ProofProblem(
            "the entries have the root \(builder.tree.root), and the checkpoint has "
                + "\(checkpoint.root)")
    }

    /// How many entries the next bundle must have.
    private var count: Int { min(TilePath.width, checkpoint.size - builder.tree.size) }

    /// The next bundle of entries; `nil` when all have been taken.
    public var next: String? {
        count == 0
            ? nil : TilePath.entries(builder.tree.size / TilePath.width, count: count)
    }

    /// Takes the bytes of `next`; gives the tiles that follow. Throws `ProofProblem` if they are no
    /// bundle of so many entries, or if, after the last, the root is not the checkpoint's.
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
        guard rest.isEmpty else { throw ProofProblem("\(path) holds more than it should") }
        if count == 0 {
            try checkRoot()
            files += builder.edge()
        }
        return files.filter { !$0.path.begins(with: "tile/entries/") }
    }
}
