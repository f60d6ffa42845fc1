import Foundation
import Ledger
import LedgerSQLite
import LedgerText
import Projections
import Support
import Testing

/// What every store must do. Written once, run on each.
struct StoreContractTests {
    enum Kind: CaseIterable { case memory, sqlite }

    private func with(
        _ kind: Kind, _ body: (any EventStore) async throws -> Void
    ) async throws {
        let sandbox = try Sandbox()
        switch kind {
        case .memory: try await body(MemoryStore(views: StoredViews.all))
        case .sqlite:
            let store = try sandbox.ledger()
            try await body(store)
            #expect(try store.verify().findings.isEmpty)
            try store.close()
        }
    }

    private let a = StreamName(unchecked: "a")
    private let b = StreamName(unchecked: "b")

    @Test(arguments: Kind.allCases)
    func sequencesAndPositionsAreDense(kind: Kind) async throws {
        try await with(kind) { store in
            _ = try await store.append([Sample.draft(1), Sample.draft(2)], to: a, expecting: .any)
            _ = try await store.append([Sample.draft(3)], to: b, expecting: .any)
            _ = try await store.append([Sample.draft(4)], to: a, expecting: .any)
            let all = try await store.page(EntryFilter(), .oldestFirst, after: nil, limit: 10)
            #expect(all.map(\.sequence) == [1, 2, 3, 4])
            #expect(all.map(\.position) == [1, 2, 1, 3])
            #expect(try await store.position(of: a) == 3)
            #expect(try await store.position(of: StreamName(unchecked: "c")) == 0)
            let head = try await store.head().sequence
            #expect(head == 4)
        }
    }

    /// A newer program's kind is kept, hashed and shown; views pass over it.
    @Test(arguments: Kind.allCases)
    func anUnknownKindIsKept(kind: Kind) async throws {
        try await with(kind) { store in
            var draft = Sample.draft(1, payload: #"{"pad":"39A"}"#)
            draft.kind = "rocket.landed"
            let kept = try await store.append([draft], to: a, expecting: .any)[0]
            #expect(kept.event == .unknown(kind: "rocket.landed", fields: ["pad": "39A"]))
            var filter = EntryFilter()
            filter.kinds = ["rocket"]
            let found = try await store.page(filter, .oldestFirst, after: nil, limit: 9)
            #expect(found == [kept] && !kept.hashes.isEmpty)
        }
    }

    /// Names are compared by their bytes, in memory as in the database.
    @Test(arguments: Kind.allCases)
    func namesThatLookAlikeAreTwo(kind: Kind) async throws {
        let names = ["caf\u{E9}", "cafe\u{301}"]
        #expect(names[0] == names[1])
        try await with(kind) { store in
            for (number, name) in (names + names).enumerated() {
                var draft = Sample.deployDraft(number)
                draft.subject.service = nil
                draft.kind = EventKind.refCreated.rawValue
                draft.subject.environment = nil
                draft.subject.tag = ReleaseTag(unchecked: name)
                let stream = StreamName(unchecked: "repository/\(name)")
                let entry = try await store.append([draft], to: stream, expecting: .any)[0]
                #expect(entry.position == number / 2 + 1)
            }
            let lines = try await store.rows("release", .all, at: nil)
            #expect(lines.count == 2)
            var filter = EntryFilter()
            filter.tags = [ReleaseTag(unchecked: names[0])]
            let found = try await store.page(filter, .oldestFirst, after: nil, limit: 9)
            #expect(found.map(\.sequence) == [1, 3])
        }
    }

    @Test(arguments: Kind.allCases)
    func anAppendToAHeadThatMovedIsAConflictAndWritesNothing(kind: Kind) async throws {
        try await with(kind) { store in
            _ = try await store.append([Sample.draft(1)], to: a, expecting: .position(0))
            let conflict = await problem {
                _ = try await store.append([Sample.draft(2)], to: a, expecting: .position(0))
            }
            #expect(conflict?.kind == .conflict(stream: a, expected: 0, actual: 1))
            let head = try await store.head().sequence
            #expect(head == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func severalStreamsAreAppendedToAllOrNone(kind: Kind) async throws {
        try await with(kind) { store in
            let both = [
                Append([Sample.draft(1)], to: a, expecting: .any),
                Append([Sample.draft(2)], to: b, expecting: .position(7)),
            ]
            let refused = await problem { _ = try await store.append(both) }
            #expect(refused != nil)
            let head = try await store.head().sequence
            #expect(head == 0)
            let again = [
                Append([Sample.draft(1)], to: a, expecting: .any),
                Append([Sample.draft(2)], to: b, expecting: .position(0)),
                Append([Sample.draft(3)], to: a, expecting: .position(1)),
            ]
            let made = try await store.append(again)
            #expect(made.map(\.position) == [1, 1, 2])
        }
    }

    @Test(arguments: Kind.allCases)
    func theSameSourceIsTheSameFactForEver(kind: Kind) async throws {
        try await with(kind) { store in
            let source = Source(name: "git", id: "abc")
            let first = Sample.draft(1, source: source)
            var again = Sample.draft(2, source: source)
            again.time = first.time
            let made = try await store.append([first], to: a, expecting: .any)
            #expect(try await store.append([again], to: b, expecting: .position(9)) == made)
            let mixed = try await store.append([again, Sample.draft(3)], to: a, expecting: .any)
            #expect(mixed.map(\.sequence) == [1, 2])
            let head = try await store.head().sequence
            #expect(head == 2)
        }
    }

    /// What is known already takes no place in its stream, also within one request.
    @Test(arguments: Kind.allCases)
    func aKnownFactMovesNoHead(kind: Kind) async throws {
        try await with(kind) { store in
            let first = Sample.draft(1, source: Source(name: "git", id: "abc"))
            _ = try await store.append([first], to: a, expecting: .any)
            let made = try await store.append([
                Append([first, Sample.draft(2)], to: a, expecting: .position(1)),
                Append([Sample.draft(3)], to: a, expecting: .position(2)),
            ])
            #expect(made.map(\.position) == [1, 2, 3])
        }
    }

    @Test(arguments: Kind.allCases)
    func theSameSourceWithAnotherContentIsAContradictionThatShowsBoth(kind: Kind) async throws {
        try await with(kind) { store in
            let source = Source(name: "git", id: "abc")
            _ = try await store.append([Sample.draft(1, source: source)], to: a, expecting: .any)
            var other = Sample.draft(1, payload: #"{"text":"bye"}"#, source: source)
            other.id = Sample.draft(9).id
            let found = await problem {
                _ = try await store.append([other], to: a, expecting: .any)
            }
            #expect(found?.kind == .contradiction(existing: 1))
            #expect(found?.cause?.contains("hello") == true)
            #expect(found?.cause?.contains("bye") == true)
        }
    }

    @Test(arguments: Kind.allCases)
    func oneSourceTwiceInOneAppendIsRefused(kind: Kind) async throws {
        try await with(kind) { store in
            let source = Source(name: "git", id: "abc")
            let twice = [Sample.draft(1, source: source), Sample.draft(2, source: source)]
            let refused = await problem {
                _ = try await store.append(twice, to: a, expecting: .any)
            }
            #expect(refused?.kind == .input)
            #expect(refused?.message == "one append contains the same id or source twice")
            let head = try await store.head().sequence
            #expect(head == 0)
        }
    }

    @Test(arguments: Kind.allCases)
    func recordedNeverGoesBack(kind: Kind) async throws {
        try await with(kind) { store in
            _ = try await store.append([Sample.draft(50)], to: a, expecting: .any)
            let late = try await store.append([Sample.draft(10)], to: a, expecting: .any)
            #expect(late[0].recorded == Fixed.start.adding(seconds: 50))
            #expect(late[0].time == Fixed.start.adding(seconds: 10))
            let middle = Fixed.start.adding(seconds: 50)
            #expect(try await store.sequence(recordedBy: middle) == 2)
            #expect(try await store.sequence(recordedBy: middle.adding(seconds: -1)) == 0)
        }
    }

    @Test(arguments: Kind.allCases)
    func entriesAreFoundByTheirIDs(kind: Kind) async throws {
        try await with(kind) { store in
            let made = try await store.append(
                (1...20).map { Sample.draft($0) }, to: a, expecting: .any)
            #expect(try await store.entry(made[4].id) == made[4])
            #expect(try await store.entry(EntryID(high: 1, low: 1)) == nil)
            let digits = Hex.encode(made[4].id.bytes)
            #expect(
                try await store.entries(idStarting: String(digits.prefix(31)), limit: 5)
                    .contains(made[4]))
            #expect(try await store.entries(idStarting: "0000", limit: 5).isEmpty)
            let source = Source(name: "ci", id: "7")
            #expect(try await store.entry(from: source) == nil)
            let told = try await store.append(
                [Sample.draft(21, source: source)], to: a, expecting: .any)
            #expect(try await store.entry(from: source) == told[0])
        }
    }

    @Test(arguments: Kind.allCases)
    func contentsAreKeptUnderTheirHash(kind: Kind) async throws {
        try await with(kind) { store in
            let content = Content(Array("#!/bin/sh\n".utf8))
            for number in 1...2 {
                _ = try await store.append(
                    [Sample.draft(number)], to: a, expecting: .any, keeping: [content])
            }
            #expect(try await store.content(content.hash) == content.bytes)
            #expect(try await store.content(ContentHash(of: [1])) == nil)
        }
    }

    @Test(arguments: Kind.allCases)
    func contentsAreListedInTheOrderOfTheirHashes(kind: Kind) async throws {
        try await with(kind) { store in
            let contents = (0..<5).map { Content([$0]) }
            // What is kept need not belong to an entry of the same append.
            let kept = Append([], to: a, expecting: .any, keeping: contents)
            let entries = try await store.append([kept])
            let hashes = contents.map(\.hash).sorted()
            let first = try await store.contentHashes(after: nil, limit: 3)
            let rest = try await store.contentHashes(after: hashes[2], limit: 9)
            #expect(entries.isEmpty && first + rest == hashes)
        }
    }

    /// The search index lags by up to its tail, and no further.
    @Test func theSearchIndexIsExtendedByMany() async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        let reader = try Connection(path: sandbox.path("ledger.db"))
        var number = 0
        for (count, reached) in [(10, 0), (290, 300), (10, 300)] {
            let drafts = (number..<number + count).map { Sample.draft($0) }
            number += count
            _ = try await store.append(drafts, to: a, expecting: .any)
            let kept = try reader.read { database in
                try Int.first(database, "SELECT max(reached) FROM search_reached")
            }
            #expect((kept ?? 0) == reached)
        }
        try reader.close()
        try store.close()
    }

    @Test func bothStoresGiveTheSameRoot() async throws {
        let sandbox = try Sandbox()
        let (memory, sqlite) = (MemoryStore(), try sandbox.ledger(views: []))
        for number in 1...37 {
            _ = try await memory.append([Sample.draft(number)], to: a, expecting: .any)
            _ = try await sqlite.append([Sample.draft(number)], to: a, expecting: .any)
        }
        #expect(try await memory.head() == sqlite.head())
    }

    @Test func manyCallersAtOnceAreAllAnsweredAndInPlace() async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        let places = try await withThrowingTaskGroup(of: [Int].self) { group in
            for number in 1...300 {
                group.addTask {
                    let stream = StreamName(unchecked: "s\(number % 7)")
                    return try await store.append(
                        [Sample.draft(number)], to: stream, expecting: .any
                    ).map(\.sequence)
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(places.sorted() == Array(1...300))
        #expect(try store.verify().findings.isEmpty)
    }
}

/// The problem that a store threw; `nil` if it threw none.
func problem(_ body: () async throws -> Void) async -> StoreProblem? {
    do {
        try await body()
        return nil
    } catch { return error as? StoreProblem }
}
