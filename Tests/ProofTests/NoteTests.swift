import Crypto
import Foundation
import LedgerProof
import Support
import Testing

/// Signed notes, checkpoints and receipts: what is taken, and what is refused.
struct NoteTests {
    // Published with the format (c2sp.org/signed-note) and with its first implementation.
    static let example = (
        key: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        note: """
        This is an example message.

        — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

        """
    )

    private let key: Curve25519.Signing.PrivateKey
    private let trusted: VerifierKey

    init() throws {
        key = Curve25519.Signing.PrivateKey()
        trusted = try VerifierKey(
            name: "shop.example/ledger", bytes: Array(key.publicKey.rawRepresentation))
    }

    private func note(_ text: String, as name: VerifierKey? = nil) throws -> SignedNote {
        let signature = try key.signature(for: Array(text.utf8))
        return try SignedNote(
            text: text,
            signatures: [.init(key: (name ?? trusted).name, bytes: Array(signature))])
    }

    @Test func thePublishedNoteIsRead() throws {
        let note = try SignedNote(Array(Self.example.note.utf8))
        let known = try VerifierKey(Self.example.key)
        #expect(known.description == Self.example.key)
        #expect(try note.signers(among: [known]) == [known])
        #expect(note.description == Self.example.note)
        #expect(note.text == "This is an example message.\n")
        // Who is not trusted proves nothing.
        let problem = #expect(throws: ProofProblem.self) { try note.signers(among: [trusted]) }
        #expect(problem?.reason.contains("none of these keys is trusted") == true)
    }

    @Test func aNoteOfOursIsReadAgain() throws {
        let note = try note("a\nb\n\nc\n")
        #expect(try SignedNote(Array(note.description.utf8)) == note)
        #expect(try note.signers(among: [trusted]) == [trusted])
        #expect(try VerifierKey(trusted.description) == trusted)
    }

    @Test(arguments: [
        ("text\n", "no signatures"), ("", "no signatures"), ("text\n\n", "no signatures"),
        ("text\n\n— a AAAAAAA=", "unterminated"), ("te\u{1}xt\n\n— a AAAAAAA=\n", "control"),
        ("text\n\n— a b AAAAAAA=\n", "looks like"), ("text\n\n— a+b AAAAAAA=\n", "looks like"),
        ("text\n\n- a AAAAAAA=\n", "looks like"), ("text\n\n— a AAAAAA==\n", "looks like"),
        ("text\n\n— a AAAAAAB=\n", "looks like"), ("text\n\n— a AAAAAAA=\nmore\n", "looks like"),
        ("text\n\n— a AAAAAAA=\n\n", "no signatures"),
    ])
    func whatIsNoNoteIsRefused(text: String, why: String) {
        let problem = #expect(throws: ProofProblem.self) { try SignedNote(Array(text.utf8)) }
        #expect(problem?.reason.contains(why) == true, "\(problem?.reason ?? "")")
    }

    @Test func limitsAreKept() throws {
        let many = "text\n\n" + String(repeating: "— a AAAAAAA=\n", count: 101)
        #expect(throws: ProofProblem.self) { try SignedNote(Array(many.utf8)) }
        #expect(throws: ProofProblem.self) {
            try SignedNote(Array(repeating: 97, count: SignedNote.mostBytes + 1))
        }
        #expect(throws: ProofProblem.self) { try SignedNote([0xFF, 10, 10]) }
        #expect(throws: ProofProblem.self) { try SignedNote(text: "unterminated", signatures: []) }
    }

    /// A known key's wrong signature spoils the note, also beside a right one.
    @Test func aWrongSignatureOfAKnownKeySpoilsTheNote() throws {
        let right = try note("text\n")
        let known = try VerifierKey(Self.example.key)
        let wrong = SignedNote.Signature(key: known.name, bytes: Array(repeating: 1, count: 64))
        let both = try SignedNote(text: "text\n", signatures: right.signatures + [wrong])
        #expect(try both.signers(among: [trusted]) == [trusted])
        let problem = #expect(throws: ProofProblem.self) {
            try both.signers(among: [trusted, known])
        }
        #expect(
            problem?.reason == "the signature of example.com/foo+530d903a does not match the text")
    }

    @Test(arguments: [
        "", "a", "a+530d903a", "a+530d903a+AQ==",
        "a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ])
    func whatIsNoVerifierKeyIsRefused(text: String) {
        #expect(throws: ProofProblem.self) { try VerifierKey(text) }
    }

    // MARK: Checkpoints

    @Test func aCheckpointIsReadAgain() throws {
        let checkpoint = Checkpoint(
            origin: "shop.example/ledger", size: 42, root: KeptTree.leaf(1), extensions: ["more"])
        #expect(try Checkpoint(checkpoint.description) == checkpoint)
        let opened = try Checkpoint.opened(note(checkpoint.description), trusting: [trusted])
        #expect(opened == checkpoint)
        let foreign = Checkpoint(origin: "other.example", size: 42, root: KeptTree.leaf(1))
        let problem = try #require(
            #expect(throws: ProofProblem.self) {
                try Checkpoint.opened(note(foreign.description), trusting: [trusted])
            })
        #expect(problem.reason.contains("no trusted key of other.example"))
        let none = Checkpoint(origin: "shop.example/ledger", size: 0, root: Tree().root)
        #expect(throws: ProofProblem.self) {
            try Checkpoint.opened(note(none.description), trusting: [trusted]).proving
        }
    }

    /// What a checkpoint is written as is what was read, with carriage returns too.
    @Test func aLineEndsWithALineFeedAlone() throws {
        let text = "a\n1\n\(Base64.encode(KeptTree.leaf(0).bytes))\nmore\r\n"
        #expect(try Checkpoint(text).extensions == ["more\r"])
        #expect(try Checkpoint(text).description == text)
        #expect(throws: ProofProblem.self) {
            try Checkpoint(text.replacingOccurrences(of: "a\n1\n", with: "a\n1\r\n"))
        }
    }

    @Test(arguments: [
        "", "a\n1\n", "a\n1\nAAAA\n", "a\n01\nROOT\n", "a\n-1\nROOT\n", "a\n+1\nROOT\n",
        "a\n1\nROOT", "\n1\nROOT\n", "a\n1\nROOT\n\nmore\n",
    ])
    func whatIsNoCheckpointIsRefused(text: String) {
        let root = Base64.encode(KeptTree.leaf(0).bytes)
        #expect(throws: ProofProblem.self) {
            try Checkpoint(text.replacingOccurrences(of: "ROOT", with: root))
        }
    }

    // MARK: Receipts

    /// A receipt of leaf `index` in a tree of `size`, signed.
    private func receipt(_ index: Int, _ size: Int) throws -> Receipt {
        let all = KeptTree(size)
        let checkpoint = Checkpoint(
            origin: "shop.example/ledger", size: size, root: all.tree.root)
        return Receipt(
            index: index, hashes: all.inclusion(index, size),
            header: Array("leaf \(index)".utf8),
            note: Array(try note(checkpoint.description).description.utf8))
    }

    @Test func aReceiptProvesItsEntry() throws {
        let receipt = try receipt(5, 11)
        let again = try Receipt(Array(receipt.description.utf8))
        #expect(again == receipt)
        #expect(try again.proved(trusting: [trusted]).size == 11)
        let other = Receipt(
            index: 5, hashes: receipt.hashes, header: Array("leaf 6".utf8), note: receipt.note)
        #expect(throws: ProofProblem.self) { try other.proved(trusting: [trusted]) }
        let bare = Receipt(index: 5, hashes: receipt.hashes, header: nil, note: receipt.note)
        #expect(throws: ProofProblem.self) { try bare.proved(trusting: [trusted]) }
        #expect(try bare.proved(KeptTree.leaf(5), trusting: [trusted]).size == 11)
    }

    /// What is no text is refused whole: a receipt is written as the bytes it was read from.
    @Test func aReceiptIsText() throws {
        let bytes = Array(try receipt(5, 11).description.utf8)
        let problem = #expect(throws: ProofProblem.self) { try Receipt(bytes + [0xFF, 10]) }
        #expect(problem?.reason == "the proof is not UTF-8")
        #expect(throws: ProofProblem.self) { try Consistency(Array("old 1\n\n".utf8) + [0xFF]) }
    }

    /// Whatever byte of a receipt is changed: it proves nothing any more.
    @Test func oneBitMakesAReceiptWorthless() throws {
        let bytes = Array(try receipt(5, 11).description.utf8)
        for place in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[place] ^= 1 << bit
                #expect(throws: ProofProblem.self, "byte \(place), bit \(bit)") {
                    try Receipt(damaged).proved(trusting: [trusted])
                }
            }
        }
    }

    @Test func consistencyIsProved() throws {
        let all = KeptTree(20)
        let old = Checkpoint(origin: "shop.example/ledger", size: 7, root: all.roots[7])
        let new = Checkpoint(origin: "shop.example/ledger", size: 20, root: all.roots[20])
        let proof = Consistency(
            old: 7, hashes: all.consistency(7, 20),
            note: Array(try note(new.description).description.utf8))
        let again = try Consistency(Array(proof.description.utf8))
        #expect(again == proof)
        #expect(try again.proved(from: old, trusting: [trusted]) == new)
        let forged = Checkpoint(origin: old.origin, size: 7, root: all.roots[6])
        let problem = #expect(throws: ProofProblem.self) {
            try again.proved(from: forged, trusting: [trusted])
        }
        #expect(problem?.reason.contains("does not extend the 7 of the") == true)
        #expect(throws: ProofProblem.self) {
            try again.proved(
                from: Checkpoint(origin: old.origin, size: 6, root: all.roots[6]),
                trusting: [trusted])
        }
    }

    // MARK: Base64

    /// The vectors of RFC 4648, section 10; and texts that mean the same as another are refused.
    @Test func base64HasOneForm() {
        for (plain, text) in [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ] {
            #expect(Base64.encode(plain.utf8) == text)
            #expect(Base64.decode(text) == Array(plain.utf8))
        }
        for text in ["Zg", "Zg=", "Zh==", "Zg==\n", "Z g=", "====", "Zm8=Zm8=", "Zm9_"] {
            #expect(Base64.decode(text) == nil, "\(text)")
        }
    }
}
