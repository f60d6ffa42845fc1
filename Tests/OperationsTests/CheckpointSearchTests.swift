import Commands
import Ledger
import LedgerOperations
import LedgerProof
import Testing

/// A checkpoint is found in whatever a witness keeps around it.
struct CheckpointSearchTests {
    private let key: SigningKey
    private let notes: [String]

    init() throws {
        key = try SigningKey(name: "shop.example/ledger")
        var tree = Tree()
        var notes: [String] = []
        for number in 1...3 {
            _ = tree.append(Receipt.leaf(of: [UInt8(number)]))
            notes.append(try key.checkpoint(over: tree).description)
        }
        self.notes = notes
    }

    private func size(in text: String) throws -> Int {
        try CheckpointSearch.all(in: Array(text.utf8), trusting: [key.verifier])[0].size
    }

    private func prefixed(_ note: String, _ before: String) -> String {
        note.split(separator: "\n", omittingEmptySubsequences: false).map { before + $0 + "\n" }
            .joined()
    }

    @Test func byItselfAndAmongOtherLines() throws {
        #expect(try size(in: notes[1]) == 2)
        #expect(try size(in: "tag v1\ntagger alice\n\n" + notes[1]) == 2)
        #expect(try size(in: "Run ledger prove\n" + notes[1] + "Done\n\n1\n2\n") == 2)
        #expect(try size(in: notes[1].replacing("\n", with: "\r\n")) == 2)
    }

    @Test func whatCIWritesBeforeEachLine() throws {
        let time = "2026-11-27T01:02:03.1234567Z "
        #expect(try size(in: prefixed("go\n" + notes[1] + "gone", time)) == 2)
        let job = "deploy\tprove\t2026-11-27T01:02:03.1234567Z "
        #expect(try size(in: prefixed(notes[2], job)) == 3)
        // Blanks at the ends of lines are cut by some.
        let cut = prefixed(notes[1], time).replacing(time + "\n", with: time.dropLast() + "\n")
        #expect(try size(in: cut) == 2)
    }

    @Test func inJSON() throws {
        let manifest: JSONValue = [
            "annotations": ["dev.ledger.checkpoint": .string(notes[1]), "other": "1\n2\n"],
            "layers": [["annotations": ["dev.ledger.checkpoint": .string(notes[2])]]],
        ]
        #expect(try size(in: Canonical.text(manifest)) == 3)
    }

    @Test func theNewestThatIsSignedCounts() throws {
        #expect(try size(in: notes[2] + "\n" + notes[0] + notes[1]) == 3)
        let forged = notes[2].replacing("ledger\n3\n", with: "ledger\n9\n")
        #expect(try size(in: forged + notes[0]) == 1)
        #expect(throws: ProofProblem.self) { try size(in: forged) }
        // One over nothing proves nothing.
        #expect(throws: ProofProblem.self) { try size(in: "\(key.checkpoint(over: Tree()))") }
        let stranger = try SigningKey(name: "shop.example/ledger").checkpoint(over: Tree())
        #expect(try size(in: "\(stranger)" + notes[1]) == 2)
    }

    @Test(arguments: ["", "\n\n\n", "— a b\n", "\n\n\n— a b\n", "x\n1\n\n— \n", "{}", "[\"— \"]"])
    func whatHoldsNone(text: String) {
        #expect(throws: ProofProblem.self) { try size(in: text) }
    }
}
