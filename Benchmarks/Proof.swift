import Foundation
import Ledger
import LedgerProof
import LedgerSQLite
import Projections

/// What proofs, signing, and opening after a crash cost.
struct ProofCosts {
    private let folder: URL
    private let count: Int
    private let key: SigningKey

    init(_ arguments: Arguments) throws {
        folder = URL(filePath: arguments["folder"] ?? NSTemporaryDirectory()).appending(
            path: "ledger-bench-proof-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        count = arguments.number("count", 1_000_000)
        key = try SigningKey(name: "shop.example/ledger")
    }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    func run() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let events = Workload.make(count: count)
        let (big, small) = (path("big.db"), path("small.db"))
        try await fill(big, events)
        try await fill(small, Array(events.prefix(1_000)))
        try await inclusion(big)
        let few = try await opening(small)
        let many = try await opening(big)
        print("opened after kill -9 with 1,000 entries: \(Self.milliseconds(few))")
        print(
            "opened after kill -9 with \(count) entries: \(Self.milliseconds(many)) (goal: ≤ 50 ms)"
        )
        print("  ÷ with 1,000 (goal: ≤ 2): \(Self.ratio(Self.median(many), Self.median(few)))")
        try await signing(Array(events.prefix(4_000)))
    }

    private func fill(_ path: String, _ events: [WorkEvent]) async throws {
        try SQLiteStore.create(path: path)
        let store = try SQLiteStore(path: path, .writing, views: StoredViews.all, signer: key)
        for start in stride(from: 0, to: events.count, by: 1_000) {
            let part = events[start..<min(events.count, start + 1_000)]
            _ = try await store.append(
                part.map { Append([$0.draft], to: $0.stream, expecting: .any) })
        }
        try store.close()
    }

    // MARK: Proofs

    private func inclusion(_ path: String) async throws {
        let store = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        defer { try? store.close() }
        let head = try await store.head()
        var random = SplitMix(state: 11)
        var (made, checked): ([Double], [Double]) = ([], [])
        var longest = 0
        for _ in 0..<20_000 {
            let index = Int(random.next() % UInt64(head.sequence))
            let clock = Clock()
            let hashes = try await store.withNodes { nodes in
                try TreeProof.inclusion(of: index, in: head.sequence, nodes)
            }
            made.append(clock.seconds)
            let entry = try await store.entry(at: index + 1)
            guard let leaf = entry?.hashes.first else { throw Raw.Failed(what: "no leaf") }
            let check = Clock()
            let root = TreeProof.root(of: leaf, at: index, in: head.sequence, by: hashes)
            checked.append(check.seconds)
            guard root == head.root else { throw Raw.Failed(what: "a proof does not hold") }
            longest = max(longest, hashes.count)
        }
        guard let last = try await store.entry(at: 1),
            let receipt = try await store.receipt(for: last, under: head.sequence)
        else { throw Raw.Failed(what: "no receipt") }
        let bare = Receipt(
            index: receipt.index, hashes: receipt.hashes, header: nil, note: receipt.note)
        print("inclusion in \(head.sequence): at most \(longest) hashes (goal: 20)")
        print(
            "  text with checkpoint: \(bare.description.utf8.count) bytes (goal: ≤ 1,200), with the "
                + "entry's header \(receipt.description.utf8.count)")
        print("  made, p99: \(Self.microseconds(made)) (goal: ≤ 100 µs)")
        print("  checked without the signature, p99: \(Self.microseconds(checked)) (goal: ≤ 30 µs)")
    }

    // MARK: Opening

    /// Seconds until a ledger is open for writing whose writer was killed.
    private func opening(_ path: String) async throws -> [Double] {
        var times: [Double] = []
        for number in 0..<15 {
            let writer = Process()
            writer.executableURL = URL(filePath: CommandLine.arguments[0])
            writer.arguments = ["crash", "--store", path, "--seed", "\(number)"]
            writer.standardOutput = FileHandle.nullDevice
            try writer.run()
            usleep(300_000)
            kill(writer.processIdentifier, SIGKILL)
            writer.waitUntilExit()
            let clock = Clock()
            let store = try SQLiteStore(path: path, .writing, views: StoredViews.all, signer: key)
            times.append(clock.seconds)
            // What the killed one left is still there.
            try store.close()
        }
        return times
    }

    /// Appends until it is killed.
    static func crash(_ arguments: Arguments) async throws {
        let store = try SQLiteStore(
            path: arguments["store"] ?? "", .writing, views: StoredViews.all)
        let seed = UInt64(arguments.number("seed", 0))
        for number in 1... {
            let time = Timestamp(seconds: 1_900_000_000 + Int64(number))
            let draft = Draft(
                id: EntryID(time: time, random: (seed, UInt64(number) << 8)), kind: "note.added",
                subject: Subject(), payload: #"{"text":"crash"}"#, time: time, recorded: time,
                by: Author(name: "bench"))
            _ = try await store.append([draft], to: .general, expecting: .any)
        }
    }

    // MARK: Signing

    /// One durable append at a time, signed and not, by turns in one run.
    private func signing(_ events: [WorkEvent]) async throws {
        var stores: [SQLiteStore] = []
        for (name, signer) in [("signed.db", key as (any CheckpointSigner)?), ("plain.db", nil)] {
            try SQLiteStore.create(path: path(name))
            stores.append(
                try SQLiteStore(
                    path: path(name), .writing, views: StoredViews.all, signer: signer))
        }
        var times: [[Double]] = [[], []]
        for event in events {
            for (place, store) in stores.enumerated() {
                let clock = Clock()
                _ = try await store.append([event.draft], to: event.stream, expecting: .any)
                times[place].append(clock.seconds)
            }
        }
        for store in stores { try store.close() }
        let (signed, plain) = (Self.median(times[0]), Self.median(times[1]))
        print("append signed ÷ unsigned, median: \(Self.ratio(signed, plain))")
        print("  a signed one takes \(Int((signed - plain) * 1e6)) µs more")
    }

    // MARK: Words

    private static func median(_ times: [Double]) -> Double { times.sorted()[times.count / 2] }

    private static func microseconds(_ times: [Double]) -> String {
        let p99 = times.sorted()[Int(Double(times.count) * 0.99)]
        return String(format: "%.1f µs (median %.1f)", p99 * 1e6, median(times) * 1e6)
    }

    private static func milliseconds(_ times: [Double]) -> String {
        String(
            format: "median %.1f ms, most %.1f", median(times) * 1e3, (times.max() ?? 0) * 1e3)
    }

    private static func ratio(_ one: Double, _ other: Double) -> String {
        String(format: "%.2f", one / other)
    }
}
