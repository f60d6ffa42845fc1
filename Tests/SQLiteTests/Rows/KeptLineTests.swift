import Foundation
import Ledger
import LedgerSQLite
import Projections
import Support
import Testing

/// Lines are kept without what their entries say, and read complete.
struct KeptLineTests {
    /// A view whose lines say something else than their entries, in every way there is.
    private struct Contrary: StoredView {
        let name = "contrary"
        let version = 1
        let concern = ViewConcern(kinds: [.noteAdded])

        func keys(of entry: Entry) -> [String] { ["a", "b/\(entry.sequence % 3)"] }

        func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow? {
            var line = ViewRow(key: key, entry, state: "said", number: entry.position)
            switch entry.sequence % 5 {
            case 0: return nil
            case 1: line.subject = Subject()
            case 2:
                line.subject = Subject(
                    environment: Sample.production, service: Sample.web,
                    tag: ReleaseTag(unchecked: "other"), digest: Sample.digest(9),
                    revision: Sample.revision(9))
            case 3:
                line.time = entry.time.adding(seconds: -5)
                // Another text of the same letters.
                line.by = entry.by.name.decomposedStringWithCanonicalMapping
            default: line.detail = #"{"of":"\#(row?.state ?? "none")"}"#
            }
            return line
        }
    }

    private static func drafts() -> [Draft] {
        (1...60).map { number in
            var draft = Sample.draft(
                number,
                subject: number % 2 == 0
                    ? Subject()
                    : Subject(
                        environment: Sample.production, service: Sample.web,
                        tag: ReleaseTag(unchecked: "v\(number)"), digest: Sample.digest(1)))
            draft.by = Author(name: "Ren\u{E9} \(number % 4)")
            return draft
        }
    }

    @Test func everyLineComesBackWhole() async throws {
        let views: [any StoredView] = [Contrary()]
        let sandbox = try Sandbox()
        let (memory, file) = (MemoryStore(views: views), try sandbox.ledger(views: views))
        for store: any EventStore in [memory, file] {
            for draft in Self.drafts() {
                _ = try await store.append([draft], to: .general, expecting: .any)
            }
        }
        for at in [nil, 1, 7, 30, 59] {
            for keys: RowKeys in [.all, .one("a"), .starting("b/")] {
                #expect(
                    try await file.rows("contrary", keys, at: at)
                        == memory.rows("contrary", keys, at: at))
            }
        }
        let lines = try await file.history("contrary", key: "a", upto: nil, limit: 99)
        #expect(lines == (try await memory.history("contrary", key: "a", upto: nil, limit: 99)))
        #expect(
            zip(lines, try await memory.history("contrary", key: "a", upto: nil, limit: 99))
                .allSatisfy { $0.by.utf8.elementsEqual($1.by.utf8) })
        #expect(try file.verify().findings == [])
        try file.rebuild()
        #expect(try file.verify().findings == [])
    }

    /// A byte of a text that looks the same is another text.
    @Test func aTextThatLooksTheSameIsFound() async throws {
        let views: [any StoredView] = [Contrary()]
        let sandbox = try Sandbox()
        let file = try sandbox.ledger(views: views)
        _ = try await file.append(Self.drafts(), to: .general, expecting: .any)
        let queue = try Connection(path: sandbox.path("ledger.db"))
        let changed = try queue.write { database in
            try database.execute(
                "UPDATE view_row SET \"by\" = ? WHERE since = 3 AND \"by\" IS NOT NULL",
                "Ren\u{E9} 3")
            return database.changedRows
        }
        #expect(changed > 0)
        #expect(try file.verify().findings.count == 1)
    }

    /// The auditors' views say what the program says.
    @Test func anAuditorReadsWholeLines() async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        _ = try await store.append(
            (1...3).map { Sample.deployDraft($0) }, to: .environment(Sample.production),
            expecting: .any)
        let queue = try Connection(path: sandbox.path("ledger.db"))
        // The rows hold nothing of what their entries say.
        let repeated = try queue.read { database in
            try Int.first(
                database,
                """
                SELECT count(environment) + count(service) + count(tag) + count(digest)
                    + count(revision) + count(time) + count("by") FROM view_row
                """)
        }
        #expect(repeated == 0)
        let (running, ran) = try queue.read { database in
            (
                try database.rows("SELECT environment, service, tag, state, \"by\" FROM running"),
                try String.all(database, "SELECT tag FROM ran ORDER BY since")
            )
        }
        #expect(
            running == [
                "'production', 'web', 'v3', 'unverified', 'alice'"
            ])
        #expect(ran == ["v1", "v2", "v3"])
    }

    /// A program with other views appends: a program that has them all does not take its lines for
    /// complete.
    @Test func viewsThatAnotherProgramDidNotMaintainAreMadeAnew() async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        _ = try await store.append([Sample.deployDraft(1)], to: .general, expecting: .any)
        try store.close()
        let few = try SQLiteStore(
            path: sandbox.path("ledger.db"), .writing, views: [Contrary()])
        _ = try await few.append([Sample.deployDraft(2)], to: .general, expecting: .any)
        try few.close()
        let reading = try SQLiteStore(
            path: sandbox.path("ledger.db"), .reading, views: StoredViews.all)
        let asked = await problem { _ = try await reading.rows("environment", .all, at: nil) }
        #expect(asked?.kind == .older)
        let again = try SQLiteStore(
            path: sandbox.path("ledger.db"), .writing, views: StoredViews.all)
        #expect(
            try await again.rows("environment", .all, at: nil).map(\.subject.tag?.rawValue) == [
                "v2"
            ])
        #expect(try again.verify().findings == [])
    }

    /// A line of a view that nobody knows is found, and is in nobody's way.
    @Test func aLineOfAnotherViewStopsNoRedaction() async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        let note = try RedactionTests.draft(.noteAdded(Note(text: "hunter2")), 1)
        let entry = try await RedactionTests.add(note, to: store)
        let queue = try Connection(path: sandbox.path("ledger.db"))
        try queue.write {
            try $0.execute(
                "INSERT INTO view_row (view, key, since, state) VALUES ('old', 'k', 1, 'x')")
        }
        #expect(try store.verify().findings.first?.what.contains("a view \"old\"") == true)
        let decision = try Redacted(["text"], of: entry, reason: "pasted")
        _ = try await RedactionTests.add(RedactionTests.draft(.redacted(decision), 2), to: store)
        try store.rebuild()
        #expect(try store.verify().findings == [])
    }

    /// A line whose entry is gone: no older line takes its place, neither for a reader nor for the
    /// next append.
    @Test func aLineWithoutItsEntryIsNotPassedOver() async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        _ = try await store.append(
            [Sample.deployDraft(1), Sample.deployDraft(2)], to: .environment(Sample.production),
            expecting: .any)
        _ = try await store.append([Sample.draft(3)], to: .general, expecting: .any)
        let queue = try Connection(path: sandbox.path("ledger.db"))
        try queue.write {
            try $0.execute(
                "DROP TRIGGER entry_is_not_deleted; DELETE FROM entry WHERE sequence = 2")
        }
        for at in [nil, 2, 3] {
            let asked = await problem { _ = try await store.rows("environment", .all, at: at) }
            #expect(asked?.kind == .damaged && asked?.entry == 2)
        }
        let asked = await problem {
            _ = try await store.history("environment", key: "production:web", upto: nil, limit: 9)
        }
        #expect(asked?.kind == .damaged)
        let folded = await problem {
            _ = try await store.append(
                [Sample.deployDraft(4)], to: .environment(Sample.production), expecting: .any)
        }
        #expect(folded?.kind == .damaged)
        let running = try queue.read {
            try Int.first($0, "SELECT count(*) FROM running")
        }
        #expect(running == 1)
    }

    /// An entry that another program adds is in no view, also where it comes with a root.
    @Test(arguments: ["", "INSERT INTO root (size, root) VALUES (2, zeroblob(32))"])
    func anEntryThatNobodyFoldedIsNotIncluded(root: String) async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        _ = try await store.append([Sample.draft(1)], to: .general, expecting: .any)
        let queue = try Connection(path: sandbox.path("ledger.db"))
        try queue.write {
            try $0.execute(
                SealTests.insert(2, position: 2, id: "randomblob(16)", verb: "INSERT") + ";"
                    + root)
        }
        let asked = await problem { _ = try await store.rows("environment", .all, at: nil) }
        #expect(asked?.kind == .older)
    }
}
