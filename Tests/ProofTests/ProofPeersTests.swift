import Foundation
import Ledger
import LedgerProof
import Support
import Testing

/// Other people's verifiers on our proofs: one written in Python from the RFC, and Go's
/// `sumdb/tlog` and `sumdb/note` where they are installed.
struct ProofPeersTests {
    /// A proof as the peers read it.
    private struct Case {
        var kind = "inclusion"
        var size = 0
        var root = Tree().root
        var index = 0
        var leaf = Tree().root
        var old = 0
        var oldRoot = Tree().root
        var hashes: [TreeHash] = []

        var json: String {
            func text(_ hash: TreeHash) -> JSONValue { .string(Base64.encode(hash.bytes)) }
            return Canonical.text([
                "kind": .string(kind), "size": JSONValue(size), "root": text(root),
                "index": JSONValue(index), "leaf": text(leaf), "old": JSONValue(old),
                "oldRoot": text(oldRoot), "hashes": .array(hashes.map(text)),
            ])
        }

        /// What we say of it ourselves.
        var isGood: Bool {
            if kind == "inclusion" {
                return TreeProof.root(of: leaf, at: index, in: size, by: hashes) == root
            }
            return TreeProof.shows((old, oldRoot), within: (size, root), by: hashes)
        }
    }

    private static let size = 3_000
    private let leaves: [TreeHash]
    private let levels: [[TreeHash]]

    init() {
        leaves = (0..<Self.size).map { Receipt.leaf(of: Array("entry \($0)".utf8)) }
        var levels = [leaves]
        while let last = levels.last, last.count > 1 {
            levels.append(
                stride(from: 0, to: last.count - 1, by: 2).map { Tree.node(last[$0], last[$0 + 1]) }
            )
        }
        self.levels = levels
    }

    private func node(_ level: Int, _ index: Int) -> TreeHash { levels[level][index] }

    private func proofs(_ count: Int, _ chance: inout some RandomNumberGenerator) -> [Case] {
        (0..<count).map { number in
            var it = Case()
            it.size = Int.random(in: 1...Self.size, using: &chance)
            it.root = TreeProof.root(of: it.size, node)
            if number.isMultiple(of: 2) {
                it.index = Int.random(in: 0..<it.size, using: &chance)
                it.leaf = leaves[it.index]
                it.hashes = TreeProof.inclusion(of: it.index, in: it.size, node)
            } else {
                it.kind = "consistency"
                it.old = Int.random(in: 1...it.size, using: &chance)
                it.oldRoot = TreeProof.root(of: it.old, node)
                it.hashes = TreeProof.consistency(from: it.old, to: it.size, node)
            }
            return it
        }
    }

    private func flipped(
        _ hash: TreeHash, _ chance: inout some RandomNumberGenerator
    ) -> TreeHash {
        var bytes = hash.bytes
        bytes[Int.random(in: 0..<32, using: &chance)] ^=
            1 << UInt8.random(in: 0..<8, using: &chance)
        return TreeHash(bytes: bytes) ?? hash
    }

    /// The proof with something wrong in it.
    private func damaged(_ whole: Case, _ chance: inout some RandomNumberGenerator) -> Case {
        var it = whole
        let way = Int.random(in: 0..<7, using: &chance)
        switch way {
        case 0 where !it.hashes.isEmpty:
            let place = it.hashes.indices.randomElement(using: &chance) ?? 0
            it.hashes[place] = flipped(it.hashes[place], &chance)
        case 1 where !it.hashes.isEmpty:
            it.hashes.remove(at: it.hashes.indices.randomElement(using: &chance) ?? 0)
        case 2:
            it.hashes.insert(
                leaves[0], at: Int.random(in: 0...it.hashes.count, using: &chance))
        case 3 where it.hashes.count > 1:
            it.hashes.swapAt(0, it.hashes.count - 1)
        case 4 where it.kind == "inclusion":
            it.leaf = flipped(it.leaf, &chance)
        case 4: it.oldRoot = flipped(it.oldRoot, &chance)
        case 5 where it.kind == "inclusion" && it.size > 1:
            it.index = (it.index + Int.random(in: 1..<it.size, using: &chance)) % it.size
        default: it.root = flipped(it.root, &chance)
        }
        return it
    }

    /// What a peer says of each line.
    private func ask(_ command: [String], _ lines: [String]) async throws -> [Bool] {
        let sandbox = try Sandbox()
        try Data(lines.map { $0 + "\n" }.joined().utf8).write(
            to: URL(filePath: sandbox.path("cases")))
        let script = command.map { "'\($0)'" }.joined(separator: " ")
        let spoken = try await Spoken.run(
            ["/bin/sh", "-c", "\(script) < '\(sandbox.path("cases"))'"], in: sandbox.folder)
        #expect(spoken.code == 0, "\(spoken.error)")
        return spoken.output.split(separator: "\n").map { $0 == "yes" }
    }

    private func judge(_ command: [String]) async throws {
        var chance = Seeded(7)
        let good = proofs(1_000, &chance)
        let bad = (0..<10_000).map { damaged(good[$0 % good.count], &chance) }
        let answers = try await ask(command, (good + bad).map(\.json))
        #expect(answers.count == 11_000)
        #expect(!answers.prefix(1_000).contains(false))
        #expect(!answers.dropFirst(1_000).contains(true))
        #expect(good.allSatisfy { $0.isGood })
        #expect(!bad.contains { $0.isGood })
    }

    private static func peer(_ name: String) -> String {
        Shared.repository.appending(path: "Tests/ProofTests/Peers/\(name)").path
    }

    @Test func pythonAgrees() async throws { try await judge(["python3", Self.peer("verify.py")]) }

    /// Go's library as Debian packages it (golang-go, golang-golang-x-mod-dev).
    private static let hasGo =
        FileManager.default.isExecutableFile(atPath: "/usr/bin/go")
        && FileManager.default.fileExists(
            atPath: "/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog/tlog.go")

    @Test(.enabled(if: hasGo, "Go and its x/mod are not installed"))
    func goAgrees() async throws {
        let sandbox = try Sandbox()
        let built = try await Spoken.run(
            ["/usr/bin/go", "build", "-o", sandbox.path("verify"), Self.peer("main.go")],
            in: sandbox.folder,
            variables: [
                "PATH": "/usr/bin:/bin", "HOME": sandbox.folder.path, "GO111MODULE": "off",
                "GOPATH": "/usr/share/gocode", "GOCACHE": sandbox.path("cache"), "GOFLAGS": "",
            ])
        try #require(built.code == 0, "\(built.error)")
        try await judge([sandbox.path("verify")])
        // Its reader of signed notes reads ours, and minds a turned bit.
        let key = try SigningKey(name: "shop.example/ledger")
        let note = try key.checkpoint(over: Tree()).description
        let lines = [note, note.replacing("ledger\n0", with: "ledger\n1")].map { text in
            Canonical.text([
                "kind": "note", "note": .string(text), "key": .string("\(key.verifier)"),
            ])
        }
        await #expect(try ask([sandbox.path("verify")], lines) == [true, false])
    }
}
