import Foundation
import Ledger
import LedgerSQLite
import Projections

/// What the ledger does, measured.
enum Cases {
    /// Parts of the work that are left out, to see what they cost: `tree`, `search`, `views`.
    nonisolated(unsafe) static var leftOut: Set<String> = []

    static func open(_ path: String, tree: Bool = true) throws -> SQLiteStore {
        if !FileManager.default.fileExists(atPath: path) { try SQLiteStore.create(path: path) }
        var without: LeftOut = []
        if !tree { without.insert(.tree) }
        if leftOut.contains("search") { without.insert(.search) }
        return try SQLiteStore(
            path: path, .writing, views: leftOut.contains("views") ? [] : StoredViews.all,
            measuring: without)
    }

    /// One durable append at a time, each with an expected head.
    static func singles(
        _ path: String, _ events: [WorkEvent], warm: Int, tree: Bool = true
    ) async throws -> Figure {
        let store = try open(path, tree: tree)
        defer { try? store.close() }
        var heads: [StreamName: Int] = [:]
        let isNew = try await store.head().sequence == 0
        func append(_ event: WorkEvent) async throws {
            let known = heads[event.stream] ?? (isNew ? 0 : nil)
            let head = if let known { known } else { try await store.position(of: event.stream) }
            _ = try await store.append([event.draft], to: event.stream, expecting: .position(head))
            heads[event.stream] = head + 1
        }
        for event in events.prefix(warm) { try await append(event) }
        var latencies: [Double] = []
        let clock = Clock()
        for event in events.dropFirst(warm) {
            let one = Clock()
            try await append(event)
            latencies.append(one.seconds)
        }
        return clock.rate("append_1", events.count - warm, latencies)
    }

    /// Batches of one transaction each.
    static func batches(
        _ path: String, _ events: [WorkEvent], batch: Int, tree: Bool = true
    ) async throws -> Figure {
        let store = try open(path, tree: tree)
        defer { try? store.close() }
        let clock = Clock()
        for start in stride(from: 0, to: events.count, by: batch) {
            let part = events[start..<min(events.count, start + batch)]
            _ = try await store.append(
                part.map { Append([$0.draft], to: $0.stream, expecting: .any) })
        }
        return clock.rate("append_batch_\(batch)", events.count)
    }

    /// Many callers at once, one durable append at a time each, each with an expected head of its
    /// own stream.
    static func callers(
        _ path: String, _ events: [WorkEvent], callers: Int
    ) async throws -> Figure {
        let store = try open(path)
        defer { try? store.close() }
        let clock = Clock()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    let stream = StreamName(unchecked: "caller/\(caller)")
                    var head = try await store.position(of: stream)
                    for index in stride(from: caller, to: events.count, by: callers) {
                        _ = try await store.append(
                            [events[index].draft], to: stream, expecting: .position(head))
                        head += 1
                    }
                }
            }
            try await group.waitForAll()
        }
        return clock.rate("append_clients_\(callers)", events.count)
    }

    /// All entries into all views, in memory.
    static func replay(_ path: String) async throws -> Figure {
        let store = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        defer { try? store.close() }
        var replay = Replay()
        let count = try await store.head().sequence
        let clock = Clock()
        try store.scan { replay.apply($0) }
        return clock.rate("project", count)
    }

    /// Leaves, tree nodes and roots alone, on one core.
    static func verifyLeaves(_ path: String) async throws -> Figure {
        let store = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        defer { try? store.close() }
        let head = try await store.head().sequence
        let clock = Clock()
        let findings = try store.findings(of: .entries(1...head))
        guard findings.isEmpty else { throw Raw.Failed(what: "\(findings[0])") }
        return clock.rate("verify_leaves", head)
    }

    static func verify(_ path: String, threads: Int) throws -> Figure {
        let store = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        defer { try? store.close() }
        let clock = Clock()
        let result = try store.verify(threads: threads)
        guard result.findings.isEmpty else { throw Raw.Failed(what: "\(result.findings[0])") }
        return clock.rate(threads == 1 ? "verify" : "verify_\(threads)_threads", result.entries)
    }

    /// One environment and service at random points, against a fold of the prefix.
    static func timeTravel(_ path: String, points: Int) async throws -> [Figure] {
        let store = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        defer { try? store.close() }
        let head = try await store.head().sequence
        let keys = try await store.rows("environment", .all, at: nil).map(\.key)
        var random = SplitMix(state: 7)
        var latencies: [Double] = []
        var answers: [(Int, String, [ViewRow])] = []
        for _ in 0..<points {
            let at = Int(random.next() % UInt64(head)) + 1
            let key = keys[Int(random.next() % UInt64(keys.count))]
            let one = Clock()
            let rows = try await store.rows("environment", .one(key), at: at)
            latencies.append(one.seconds)
            answers.append((at, key, rows))
        }
        let sorted = latencies.sorted()
        var wrong = 0
        // All points against one fold that stops at each of them.
        var replay = Replay(views: [EnvironmentFold()])
        var rest = answers.sorted { $0.0 < $1.0 }[...]
        func compare(before sequence: Int) {
            while let (at, key, rows) = rest.first, at < sequence {
                if rows.first != replay.row("environment", key) { wrong += 1 }
                rest = rest.dropFirst()
            }
        }
        let clock = Clock()
        try store.scan { entry in
            compare(before: entry.sequence)
            replay.apply(entry)
        }
        compare(before: .max)
        // A fold of a prefix costs on average half of a fold of all.
        let fold = clock.seconds / 2
        return [
            Figure(
                name: "state_at", value: sorted[sorted.count * 99 / 100] * 1e3, unit: "ms p99",
                median: sorted[sorted.count / 2] * 1e6, count: points),
            Figure(
                name: "state_at_faster", value: fold / sorted[sorted.count / 2],
                unit: "× a fold of the prefix"),
            Figure(
                name: "state_at_wrong", value: Double(wrong), unit: "differences", count: points),
        ]
    }
}
