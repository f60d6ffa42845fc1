import LedgerProof
import Testing

/// Static logs: c2sp.org/tlog-tiles.
struct TileTests {
    private static func entry(_ number: Int) -> [UInt8] { Array("entry \(number)".utf8) }

    /// The files of a log of so many entries, by their paths.
    private static func log(_ count: Int) throws -> (files: [String: [UInt8]], tree: Tree) {
        var builder = TileBuilder()
        var files: [String: [UInt8]] = [:]
        for number in 0..<count {
            for file in try builder.add(entry(number)) { files[file.path] = file.bytes }
        }
        for file in builder.edge() { files[file.path] = file.bytes }
        return (files, builder.tree)
    }

    /// Reads a log anew from its files; the roots that were asked for.
    private static func read(
        _ files: [String: [UInt8]], _ checkpoint: Checkpoint, rootsOver sizes: [Int] = []
    ) throws -> [Int: TreeHash] {
        var check = try TileCheck(checkpoint, rootsOver: sizes)
        while let path = check.next {
            for tile in try check.take(try #require(files[path])) {
                #expect(files[tile.path] == tile.bytes, "\(tile.path)")
            }
        }
        return check.roots
    }

    @Test func pathsAreWrittenInGroupsOfThreeDigits() {
        #expect(TilePath.tile(level: 0, 0) == "tile/0/000")
        #expect(TilePath.tile(level: 1, 1_234_067) == "tile/1/x001/x234/067")
        #expect(TilePath.tile(level: 0, 273, count: 112) == "tile/0/273.p/112")
        #expect(TilePath.entries(999_999, count: 1) == "tile/entries/x999/999.p/1")
    }

    /// The example of the specification: a tree of 70,000 leaves.
    @Test func aLogHasTheFilesOfTheSpecification() throws {
        let (files, _) = try Self.log(70_000)
        let level = { (name: String) in files.keys.filter { $0.hasPrefix("tile/\(name)/") } }
        #expect(level("0").count == 274)
        #expect(files["tile/0/273.p/112"]?.count == 32 * 112)
        #expect(level("1").sorted() == ["tile/1/000", "tile/1/001.p/17"])
        #expect(files["tile/1/000"]?.count == 32 * 256)
        #expect(level("2") == ["tile/2/000.p/1"])
        #expect(level("entries").count == 274)
        #expect(files.count == 274 + 2 + 1 + 274)
    }

    @Test(arguments: [1, 2, 255, 256, 257, 511, 512, 1000, 65_536, 65_537])
    func aLogIsReadAsItWasWritten(size: Int) throws {
        let (files, tree) = try Self.log(size)
        let checkpoint = Checkpoint(origin: "log", size: size, root: tree.root)
        let sizes = [1, size / 2, size].filter { $0 > 0 }
        let roots = try Self.read(files, checkpoint, rootsOver: sizes)
        for size in sizes { #expect(try roots[size] == Self.log(size).tree.root) }
    }

    @Test func whatWasChangedIsFound() throws {
        let (files, tree) = try Self.log(300)
        let checkpoint = Checkpoint(origin: "log", size: 300, root: tree.root)
        var check = try TileCheck(checkpoint)
        let bundle = try #require(files["tile/entries/000"])
        #expect(throws: ProofProblem.self) { try check.take(Array(bundle.dropLast())) }
        check = try TileCheck(checkpoint)
        #expect(throws: ProofProblem.self) { try check.take(bundle + [0]) }
        var other = bundle
        other[20] ^= 1
        check = try TileCheck(checkpoint)
        _ = try check.take(other)
        #expect(throws: ProofProblem.self) {
            try check.take(try #require(files["tile/entries/001.p/44"]))
        }
        #expect(throws: ProofProblem.self) {
            try TileCheck(Checkpoint(origin: "log", size: 0, root: tree.root))
        }
        #expect(try TileCheck(Checkpoint(origin: "log", size: 0, root: Tree().root)).next == nil)
    }

    @Test func anEntryThatIsTooLongIsRefused() throws {
        var builder = TileBuilder()
        _ = try builder.add(Array(repeating: 0, count: 65_535))
        #expect(throws: ProofProblem.self) { try builder.add(Array(repeating: 0, count: 65_536)) }
        #expect(builder.tree.size == 1)
    }
}
