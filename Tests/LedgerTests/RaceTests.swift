import Foundation
import Ledger
import LedgerSQLite
import Projections
import Support
import Testing

/// Several processes at one file.
struct RaceTests {
    /// 8 processes × 500 appends, each expecting the head it read: dense, nothing lost, nothing
    /// twice.
    @Test func eightProcessesAppendWithoutLossOrDouble() async throws {
        let sandbox = try Sandbox()
        try sandbox.ledger().close()
        let program = try #require(Shared.product("racer"))
        let path = sandbox.path("ledger.db")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in 1...8 {
                group.addTask {
                    let stream = seed <= 4 ? "shared" : "own\(seed)"
                    let spoken = try Spoken.run([program, path, stream, "500", "\(seed)"])
                    #expect(spoken.code == 0, "\(spoken.error)")
                }
            }
            try await group.waitForAll()
        }
        let store = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        var texts: Set<String> = []
        var count = 0
        var last = 0
        try await store.each { entry in
            #expect(entry.sequence == last + 1)
            last = entry.sequence
            count += 1
            texts.insert(entry.draft.payload)
        }
        #expect(count == 4000)
        #expect(texts.count == 4000)
        #expect(try await store.position(of: StreamName(unchecked: "shared")) == 2000)
        #expect(try store.verify().findings.isEmpty)
    }
}
