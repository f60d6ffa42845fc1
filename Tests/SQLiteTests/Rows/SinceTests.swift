import Foundation
import Ledger
import LedgerSQLite
import Projections
import Support
import Testing

/// A search by time begins at the first entry that can match, and misses none.
struct SinceTests {
    /// Entries about the past, about now, and (clocks differ) about the future.
    private func drafts(_ seeded: inout Seeded) -> [Draft] {
        (1...300).map { number in
            var draft = Sample.draft(
                number, subject: Subject(service: number % 3 == 0 ? Sample.web : nil))
            draft.recorded = Fixed.start.adding(seconds: Double(number * 10))
            let shift =
                switch seeded.next() % 10 {
                case 0: Double(seeded.next() % 500)
                case 1...4: -Double(seeded.next() % 5_000)
                default: 0.0
                }
            draft.time = draft.recorded.adding(seconds: shift)
            return draft
        }
    }

    @Test(arguments: 1...3) func bothStoresFindTheSame(seed: UInt64) async throws {
        var seeded = Seeded(seed)
        let drafts = drafts(&seeded)
        let sandbox = try Sandbox()
        let (memory, file) = (MemoryStore(), try sandbox.ledger(views: []))
        for store: any EventStore in [memory, file] {
            _ = try await store.append(drafts, to: .general, expecting: .any)
        }
        for step in stride(from: -100, through: 3_600, by: 75) {
            for service in [nil, Sample.web] {
                for order in [ReadOrder.oldestFirst, .newestFirst] {
                    var filter = EntryFilter()
                    filter.since = Fixed.start.adding(seconds: Double(step))
                    filter.services = service.map { [$0] } ?? []
                    let found = try await file.page(filter, order, after: nil, limit: 999)
                    let wanted = try await memory.page(filter, order, after: nil, limit: 999)
                    #expect(found == wanted, "since \(step)")
                }
            }
        }
    }

    @Test func theEndsOfTime() async throws {
        let store = try Sandbox().ledger(views: [])
        for time in [Int64.min, .max] {
            var filter = EntryFilter()
            filter.since = Timestamp(microseconds: time)
            #expect(try await store.page(filter, .oldestFirst, after: nil, limit: 9) == [])
        }
        _ = try await store.append([Sample.draft(1)], to: .general, expecting: .any)
        for (time, count) in [(Int64.min, 1), (.max, 0)] {
            var filter = EntryFilter()
            filter.since = Timestamp(microseconds: time)
            #expect(
                try await store.page(filter, .newestFirst, after: nil, limit: 9).count == count)
        }
    }

    /// The index holds only entries about something later than their recording.
    @Test func theIndexIsSmall() async throws {
        var seeded = Seeded(4)
        let sandbox = try Sandbox()
        let store = try sandbox.ledger(views: [])
        let drafts = drafts(&seeded)
        _ = try await store.append(drafts, to: .general, expecting: .any)
        let queue = try Connection(path: sandbox.path("ledger.db"))
        let indexed = try queue.read {
            try Int.first(
                $0, "SELECT count(*) FROM entry INDEXED BY entry_ahead WHERE time > recorded")
        }
        #expect(indexed == drafts.count { $0.time > $0.recorded })
        let isPartial = try queue.read {
            try Int.first(
                $0,
                "SELECT partial FROM pragma_index_list('entry') WHERE name = 'entry_ahead'")
        }
        #expect(isPartial == 1)
    }
}
