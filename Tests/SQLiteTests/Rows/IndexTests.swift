import Foundation
import Ledger
import LedgerSQLite
import Projections
import Support
import Testing

/// The search index is derived: damage to it is found, and a rebuild mends it.
struct IndexTests {
    private static func filled(_ sandbox: Sandbox) async throws -> SQLiteStore {
        let store = try sandbox.ledger()
        _ = try await store.append(
            (1...600).map { Sample.deployDraft($0) }, to: .general, expecting: .any)
        return store
    }

    @Test(arguments: [
        "DELETE FROM search_idx", "DELETE FROM search_idx WHERE pgno > 2",
        "UPDATE search_idx SET pgno = 2", "UPDATE search_config SET v = 99",
        "DELETE FROM search_config; DELETE FROM search_data",
        "DELETE FROM search_data WHERE id > 10",
        "UPDATE search_reached SET reached = 9223372036854775807",
        "UPDATE search_reached SET reached = -9223372036854775808",
    ])
    func damageIsFoundAndMended(sql: String) async throws {
        let sandbox = try Sandbox()
        try await Self.filled(sandbox).close()
        let queue = try Connection(path: sandbox.path("ledger.db"))
        try queue.write { try $0.execute(sql) }
        try queue.close()
        let reading = try SQLiteStore(
            path: sandbox.path("ledger.db"), .reading, views: StoredViews.all)
        let findings = try reading.verify().findings
        #expect(findings.contains { $0.what.contains("search index") }, "\(findings)")
        var filter = EntryFilter()
        filter.tags = [ReleaseTag(unchecked: "v77")]
        // It may fail; it must not crash.
        _ = try? await reading.page(filter, .newestFirst, after: nil, limit: 9)
        let store = try SQLiteStore(
            path: sandbox.path("ledger.db"), .writing, views: StoredViews.all)
        try store.rebuild()
        #expect(try store.verify().findings == [])
        let found = try await store.page(filter, .newestFirst, after: nil, limit: 9)
        #expect(found.map(\.sequence) == [77])
        try store.close()
    }
}
