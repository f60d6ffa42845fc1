import Foundation
import Ledger
import LedgerProof
import LedgerText
import Support
import Testing

/// The published vectors of proofs, notes and signatures, where they are present.
@Suite(.enabled(if: Shared.vectors("SOURCES.md") != nil, "the published vectors are not here"))
struct ProofVectorTests {
    private static func json(_ url: URL) throws -> JSONValue {
        try JSONValue(parsing: Array(Data(contentsOf: url)))
    }

    private static func files(_ folder: String) throws -> [URL] {
        let root = try #require(Shared.vectors(folder))
        let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String }
        return (paths ?? []).filter { $0.hasSuffix(".json") }.sorted()
            .map { root.appending(path: $0) }
    }

    private static func hash(_ value: JSONValue?) -> TreeHash? {
        value?.string.flatMap { Base64.decode($0) }.flatMap(TreeHash.init(bytes:))
    }

    /// A root, filled up: where only equality counts, the published ones are shorter.
    private static func root(_ value: JSONValue?) -> TreeHash? {
        value?.string.flatMap { Base64.decode($0) }.flatMap {
            TreeHash(bytes: $0 + Array(repeating: 0, count: max(0, 32 - $0.count)))
        }
    }

    /// The hashes of a proof; `nil` if one of them is none.
    private static func hashes(_ value: JSONValue?) -> [TreeHash]? {
        let all = value?.array ?? []
        let read = all.compactMap { hash($0) }
        return read.count == all.count ? read : nil
    }

    @Test func inclusionIsJudgedAsPublished() throws {
        let files = try Self.files("merkle-rfc6962/testdata/inclusion")
        #expect(files.count == 98)
        for file in files {
            let one = try Self.json(file)
            var isProved = false
            if let proof = Self.hashes(one["proof"]), let leaf = Self.hash(one["leafHash"]),
                let root = Self.hash(one["root"]), let index = one["leafIdx"]?.integer,
                let size = one["treeSize"]?.integer
            {
                isProved = TreeProof.root(of: leaf, at: index, in: size, by: proof) == root
            }
            #expect(one["wantErr"]?.bool == !isProved, "\(file.path)")
        }
    }

    /// Among them the three that say: nothing is consistent with the empty tree.
    @Test func consistencyIsJudgedAsPublished() throws {
        let files = try Self.files("merkle-rfc6962/testdata/consistency")
        #expect(files.count == 98)
        for file in files {
            let one = try Self.json(file)
            var isProved = false
            if let proof = Self.hashes(one["proof"]), let first = Self.root(one["root1"]),
                let second = Self.root(one["root2"]), let old = one["size1"]?.integer,
                let new = one["size2"]?.integer
            {
                isProved = TreeProof.shows((old, first), within: (new, second), by: proof)
            }
            #expect(one["wantErr"]?.bool == !isProved, "\(file.path)")
        }
    }

    @Test func notesAreReadAsPublished() throws {
        let url = try #require(Shared.vectors("signed-note/signed-note-examples.json"))
        for one in try Self.json(url)["valid"]?.array ?? [] {
            let text = try #require(one["note"]?.string)
            let keys = try (one["vkeys"]?.array ?? []).map { try VerifierKey($0.string ?? "") }
            let note = try SignedNote(Array(text.utf8))
            #expect(try Set(note.signers(among: keys)) == Set(keys))
            #expect(note.description == text)
        }
    }

    @Test func receiptsAreReadAsPublished() throws {
        let url = try #require(Shared.vectors("tlog-proof/tlog-proof-format.json"))
        let all = try Self.json(url)
        let good = all["marshal"]?.array ?? []
        #expect(good.count == 3)
        for one in good {
            let text = try #require(one["want"]?.string)
            let receipt = try Receipt(Array(text.utf8))
            #expect(receipt.description == text)
            #expect(receipt.index == one["index"]?.integer)
            #expect(receipt.header == one["extra_utf8"]?.string.map { Array($0.utf8) })
            #expect(receipt.note == Array((one["checkpoint"]?.string ?? "").utf8))
        }
        for one in all["reject"]?.array ?? [] {
            let repeated = String(
                repeating: one["repeat"]?.string ?? "", count: one["count"]?.integer ?? 0)
            let text =
                one["proof"]?.string
                ?? (one["proof_prefix"]?.string ?? "") + repeated
                + (one["proof_suffix"]?.string ?? "")
            #expect(throws: ProofProblem.self, "\(one["name"]?.string ?? "")") {
                try Receipt(Array(text.utf8))
            }
        }
    }

    /// A whole log of another program: its checkpoints are signed, and each goes on from the last.
    @Test func aLogOfAnotherProgramIsRead() throws {
        let key = try VerifierKey(
            "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
        let log = try #require(Shared.vectors("tlog-tiles-log/testdata/log"))
        var tree = Tree()
        let bundle = Array(try Data(contentsOf: log.appending(path: "tile/entries/000.p/15")))
        var rest = bundle[...]
        for size in 0...15 {
            let note = Array(try Data(contentsOf: log.appending(path: "checkpoint.\(size)")))
            let checkpoint = try Checkpoint.opened(SignedNote(note), trusting: [key])
            #expect(checkpoint.size == size && checkpoint.root == tree.root)
            guard rest.count > 2 else { break }
            let length = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }
            _ = tree.append(Receipt.leaf(of: Array(rest.dropFirst(2).prefix(length))))
            rest = rest.dropFirst(2 + length)
        }
        #expect(rest.isEmpty)
    }

    // MARK: Ed25519

    @Test func signaturesAreJudgedAsPublished() throws {
        let url = try #require(Shared.vectors("wycheproof/ed25519_test.json"))
        var count = 0
        for group in try Self.json(url)["testGroups"]?.array ?? [] {
            let bytes = try #require(Hex.decode(group["publicKey"]?["pk"]?.string ?? ""))
            let key = try VerifierKey(name: "test", bytes: bytes)
            for one in group["tests"]?.array ?? [] {
                let text = try #require(Hex.decode(one["msg"]?.string ?? ""))
                let signature = try #require(Hex.decode(one["sig"]?.string ?? ""))
                let isValid = one["result"] == "valid"
                #expect(key.verifies(signature, of: text) == isValid, "\(one["tcId"] ?? .null)")
                count += 1
            }
        }
        #expect(count == 151)
    }

    /// Points of low order and other forms of the same point: R is compared byte by byte, and
    /// nothing is multiplied away.
    @Test func edgesOfTheCurveAreJudgedAsRFC8032HasIt() throws {
        let url = try #require(Shared.vectors("cctv-ed25519/ed25519vectors.json"))
        let all = try Self.json(url).array ?? []
        #expect(all.count == 914)
        for one in all {
            let key = try VerifierKey(
                name: "test", bytes: try #require(Hex.decode(one["key"]?.string ?? "")))
            let signature = try #require(Hex.decode(one["sig"]?.string ?? ""))
            let flags = Set((one["flags"]?.array ?? []).compactMap(\.string))
            let isValid = flags.isDisjoint(with: ["non_canonical_R", "low_order_residue"])
            let text = Array((one["msg"]?.string ?? "").utf8)
            #expect(
                key.verifies(signature, of: text) == isValid, "\(one["number"] ?? .null) \(flags)")
        }
    }

    /// A log of 15 entries that another program wrote, with a checkpoint of each size.
    @Test func theTilesOfAnotherProgramAreOurs() throws {
        let root = try #require(Shared.vectors("tlog-tiles-log/testdata/log"))
        let key = try VerifierKey(
            "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
        func bytes(_ path: String) throws -> [UInt8] {
            Array(try Data(contentsOf: root.appending(path: path)))
        }
        for size in 0...15 {
            let note = try SignedNote(bytes("checkpoint.\(size)"))
            let checkpoint = try Checkpoint.opened(note, trusting: [key])
            #expect(checkpoint.size == size)
            var check = try TileCheck(checkpoint, rootsOver: [size])
            while let path = check.next {
                for tile in try check.take(try bytes(path)) {
                    #expect(try bytes(tile.path) == tile.bytes)
                }
            }
            #expect(size == 0 || check.roots[size] == checkpoint.root)
        }
    }
}
