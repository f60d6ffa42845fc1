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
                    let spoken = try await Spoken.run([program, path, stream, "500", "\(seed)"])
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
        #expect(try store.verify().findings == [])
    }

    /// Verifying looks at one moment, whatever is appended meanwhile.
    @Test func verifyingWhileOthersWriteFindsNothing() async throws {
        let sandbox = try Sandbox()
        let writer = try sandbox.ledger()
        let path = sandbox.path("ledger.db")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 1...400 {
                    _ = try await writer.append(
                        [Sample.deployDraft(number)], to: .environment(Sample.production),
                        expecting: .any)
                }
            }
            group.addTask {
                let reader = try SQLiteStore(path: path, .reading, views: StoredViews.all)
                var before = 0
                for _ in 1...40 {
                    let result = try reader.verify()
                    #expect(result.findings.isEmpty, "\(result.findings)")
                    #expect(result.entries >= before)
                    before = result.entries
                }
            }
            try await group.waitForAll()
        }
        #expect(try writer.verify().entries == 400)
    }

    /// Another program made the views anew while this one stayed open: it notices before it
    /// appends.
    @Test func viewsThatAnotherProgramMadeAreNotFoldedOn() async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        func deploy(_ number: Int) async throws {
            _ = try await store.append(
                [Sample.deployDraft(number)], to: .environment(Sample.production),
                expecting: .any)
        }
        try await deploy(1)
        let other = try await Spoken.run([
            "sqlite3", sandbox.path("ledger.db"),
            "UPDATE view_row SET state = 'otherwise'; UPDATE view_made SET version = 99;",
        ])
        #expect(other.code == 0, "\(other.error)")
        try await deploy(2)
        #expect(try store.verify().findings.isEmpty)
        let rows = try await store.history(
            "environment", key: "production:web", upto: nil, limit: 9)
        #expect(rows.map(\.state) == ["unverified", "unverified"])
    }
}
