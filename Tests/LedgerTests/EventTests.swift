import Foundation
import Ledger
import LedgerProof
import Support
import Testing

/// Events and their JSON.
struct EventTests {
    @Test(arguments: EventKind.allCases)
    func everyKindComesBackFromItsFields(kind: EventKind) throws {
        let event = try kind.example
        #expect(event.kind == kind.rawValue)
        #expect(try Event(kind: event.kind, fields: event.fields) == event)
        if case .unknown = event { Issue.record("\(kind) is not known") }
    }

    /// Bytes on disk are for ever: kind, canonical header and payload of each kind, and the leaf
    /// over them.
    @Test func theBytesOfEveryKindAreThoseOfTheGoldenFile() throws {
        try Golden.expect("kinds.txt", try Self.bytes { try $0.example })
    }

    /// The same with every field that a kind has: no name of a field changes either.
    @Test func theBytesOfEveryFieldAreThoseOfTheGoldenFile() throws {
        for kind in EventKind.allCases {
            let names = Set(kind.fields.map(\.name))
            #expect(Set((try kind.wholeExample.fields.object ?? [:]).keys) == names, "\(kind)")
        }
        try Golden.expect("fields.txt", try Self.bytes { try $0.wholeExample })
    }

    private static func bytes(_ example: (EventKind) throws -> Event) throws -> String {
        var lines: [String] = []
        for (index, kind) in EventKind.allCases.enumerated() {
            let time = Fixed.start
            let draft = try Draft(
                try example(kind), id: EntryID(time: time, random: (7, UInt64(index) << 2)),
                time: time, recorded: time.adding(seconds: 1), by: Author(name: "alice"))
            var entry = Entry(
                sequence: index + 1, stream: .general, position: index + 1, draft: draft)
            var hasher = LeafHasher()
            entry.hashes = [hasher.leaf(of: entry)]
            lines += [LeafHasher.header(of: entry), draft.payload, entry.hashes[0].description, ""]
        }
        return lines.joined(separator: "\n")
    }

    @Test func anUnknownKindIsKept() throws {
        let event = try Event(kind: "rocket.landed", fields: ["pad": "39A"])
        #expect(event == .unknown(kind: "rocket.landed", fields: ["pad": "39A"]))
        #expect(event.fields == ["pad": "39A"])
    }

    @Test(
        arguments: [
            (["tag": "v1"], "field \"service\": it is required but missing"),
            (
                ["service": "web", "tag": "v1", "digest": "sha256:12"],
                "field \"digest\": \"sha256:12\" is not an image digest: sha256: requires 64 lower-case "
                    + "hexadecimal digits after it"
            ),
            (
                ["service": 5, "tag": "v1", "digest": "x"],
                "field \"service\": expected a text, not the number 5"
            ),
        ] as [(JSONValue, String)])
    func aProblemNamesTheField(fields: JSONValue, message: String) {
        #expect {
            try Event(kind: "image.tagged", fields: fields)
        } throws: { error in
            (error as? FieldProblem)?.description == message
        }
    }

    @Test func aFieldThatIsNotKnownIsRefusedWithTheNearest() {
        #expect {
            try Event(kind: "note.added", fields: ["text": "x", "servce": "web"])
        } throws: { error in
            (error as? FieldProblem)?.description
                == "field \"servce\": note.added has no such field; did you mean \"service\"?"
        }
    }

    @Test func theFieldsOfAKindAreListedWithTheirTypes() {
        let fields = EventKind.stepFinished.fields
        #expect(fields.first { $0.name == "exitCode" }?.type == "number")
        #expect(fields.first { $0.name == "exitCode" }?.required == false)
        #expect(fields.first { $0.name == "service" }?.required == true)
        #expect(fields.first { $0.name == "outcome" }?.type.contains("succeeded") == true)
    }

    @Test func subjectFieldsGoToColumnsAndComeBack() throws {
        let fact = Sample.tagged(Sample.release(3))
        let event = try Event(kind: fact.kind, fields: fact.fields)
        let draft = try Draft(
            event, id: EntryID(high: 1, low: 2), time: Fixed.start, recorded: Fixed.start,
            by: Author(name: "ci"))
        #expect(draft.payload == "{}")
        #expect(draft.subject.tag?.rawValue == "v0.3.0")
        let entry = Entry(sequence: 1, stream: .general, position: 1, draft: draft)
        #expect(entry.event == event)
    }
}

/// Files that hold what must never change. `LEDGER_UPDATE=1 swift test` writes them anew.
enum Golden {
    static func expect(_ name: String, _ text: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Golden/\(name)")
        if ProcessInfo.processInfo.environment["LEDGER_UPDATE"] == "1" {
            try Data(text.utf8).write(to: file)
        }
        let kept = try String(contentsOf: file, encoding: .utf8)
        let pairs = zip(
            kept.split(separator: "\n", omittingEmptySubsequences: false),
            text.split(separator: "\n", omittingEmptySubsequences: false))
        for (before, now) in pairs where before != now {
            Issue.record("\(name) has\n\(before)\nbut it is now\n\(now)")
            return
        }
        #expect(kept.count == text.count)
    }
}
