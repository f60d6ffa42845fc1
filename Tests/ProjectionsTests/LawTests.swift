import CommandEngine
import CommandSecrets
import Foundation
import Ledger
import LedgerSQLite
import Projections
import Support
import Testing

/// Laws that hold for every history: seeded, so that a failure is one number.
struct LawTests {
    /// Facts such as a team makes, in any order that chance gives.
    static func facts(_ seed: UInt64, count: Int) throws -> [Fact] {
        var random = Seeded(seed)
        let places = ["production", "staging"].map { EnvironmentName(unchecked: $0) }
        let services = ["web", "api"].map { ServiceName(unchecked: $0) }
        return (0..<count).map { _ in
            let release = Sample.release(
                .random(in: 1...6, using: &random),
                of: services.randomElement(using: &random) ?? Sample.web)
            let place = places.randomElement(using: &random) ?? Sample.production
            let host = HostName(unchecked: Bool.random(using: &random) ? "a" : "b")
            var fact: Fact
            switch Int.random(in: 0...9, using: &random) {
            case 0, 1: fact = Sample.tagged(release)
            case 2, 3: fact = Sample.deployed(release, in: place, verified: .random(using: &random))
            case 4: fact = Sample.deployed(release, in: place, revert: true)
            case 5:
                fact = Fact(
                    .hostObserved(
                        HostObservation(
                            environment: place, service: release.service, host: host,
                            digest: release.digest, reachable: .random(using: &random))))
            case 6:
                fact = Fact(
                    .fenceRaised(
                        Fence(
                            environment: place, service: release.service, tag: release.tag,
                            reason: "bad")))
            case 7:
                fact = Fact(
                    .fenceLifted(
                        Fence(
                            environment: place, service: release.service, tag: release.tag,
                            reason: "good")))
            case 8:
                fact = Fact(
                    .pushed(
                        Push(
                            repository: RepositoryName(unchecked: "acme/shop"), branch: "main",
                            revision: release.revision ?? Sample.revision(0),
                            // Two of them look alike, and are two.
                            message: ["Fix, again", "Caf\u{E9} fixed", "Cafe\u{301} fixed"]
                                .randomElement(using: &random))))
            default:
                fact = Fact(
                    .deployFailed(
                        RunFailed(
                            environment: place, reason: "step 1 exited with 7",
                            service: release.service, tag: release.tag)))
            }
            fact.by = Author(name: ["Alice B", "ci", "bob"].randomElement(using: &random) ?? "ci")
            if Int.random(in: 0...3, using: &random) == 0 {
                let back = Double.random(in: 0...100_000, using: &random)
                fact.time = Fixed.start.adding(seconds: -back.rounded())
            }
            return fact
        }
    }

    /// It makes no difference whether a fold made the line before, or a store read it.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func aFoldReadsWhatItWrote(seed: UInt64) async throws {
        let store = MemoryStore(views: StoredViews.all)
        try await fill(store, seed)
        let entries = try await all(store)
        for view in StoredViews.all {
            var made: [String: ViewRow] = [:]
            for entry in entries
            where view.concern.kinds.contains(entry.kind)
                || view.concern.runs && entry.draft.correlation != nil
            {
                for key in view.keys(of: entry) {
                    var read = made[key]
                    let text = read?.detail
                    read?.detail = text
                    let line = view.apply(entry, to: made[key], key: key)
                    let same = view.apply(entry, to: read, key: key)
                    #expect(line == same && line?.detail == same?.detail, "\(view.name) \(key)")
                    if let text = line?.detail {
                        #expect(text == Canonical.text(try JSONValue(parsing: text)))
                    }
                    made[key] = line
                }
            }
        }
    }

    private func fill(_ store: any EventStore, _ seed: UInt64, count: Int = 120) async throws {
        let recorder = Recorder(
            store: store, surroundings: Fixed.surroundings(),
            secretFilter: SecretFilter(variables: [:], secrets: []))
        var random = Seeded(seed &+ 1)
        for fact in try Self.facts(seed, count: count) {
            // Some things are told by runs, some by others, and some are put right later.
            if Bool.random(using: &random) {
                try await recorder.tell([fact])
            } else {
                _ = try await recorder.record([fact])
            }
            guard Int.random(in: 0...7, using: &random) == 0 else { continue }
            let place = Int.random(in: 1...(try await store.head().sequence), using: &random)
            let kinds = [EventKind.imageTagged, .deployFinished, .revertFinished, .deployFailed]
            guard let wrong = try await store.entry(at: place),
                kinds.map(\.rawValue).contains(wrong.kind)
            else { continue }
            let tag = "v0.\(Int.random(in: 1...6, using: &random)).0"
            _ = try await recorder.correct(wrong, with: ["tag": tag], reason: "typed wrongly")
        }
    }

    private func all(_ store: any EventStore) async throws -> [Entry] {
        var entries: [Entry] = []
        try await store.each { entries.append($0) }
        return entries
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func replayingIsThePrefixAndThenTheSuffix(seed: UInt64) async throws {
        let store = MemoryStore(views: StoredViews.all)
        try await fill(store, seed)
        let entries = try await all(store)
        var random = Seeded(seed)
        for _ in 0..<5 {
            let cut = Int.random(in: 0...entries.count, using: &random)
            var whole = Replay()
            entries.forEach { whole.apply($0) }
            var parts = Replay()
            entries[..<cut].forEach { parts.apply($0) }
            var rest = parts
            entries[cut...].forEach { rest.apply($0) }
            for view in StoredViews.all { #expect(rest.rows(view.name) == whole.rows(view.name)) }
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func whatIsKeptAtAnyPointIsAFreshFoldOfThePrefix(seed: UInt64) async throws {
        let sandbox = try Sandbox()
        let sqlite = try sandbox.ledger()
        let memory = MemoryStore(views: StoredViews.all)
        try await fill(sqlite, seed)
        try await fill(memory, seed)
        let entries = try await all(memory)
        #expect(try await all(sqlite) == entries)
        var replay = Replay()
        for entry in entries {
            replay.apply(entry)
            for view in StoredViews.all {
                let fresh = replay.rows(view.name)
                for store in [sqlite, memory] as [any EventStore] {
                    let kept = try await store.rows(view.name, .all, at: entry.sequence)
                    #expect(
                        kept == fresh)
                }
            }
        }
        #expect(try sqlite.verify().findings.isEmpty)
        try sqlite.close()
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func rebuiltIsKept(seed: UInt64) async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        try await fill(store, seed)
        func dump() async throws -> [[ViewRow]] {
            var lines: [[ViewRow]] = []
            for view in StoredViews.all {
                let keys = try await store.rows(view.name, .all, at: nil).map(\.key)
                for key in keys {
                    lines.append(
                        try await store.history(view.name, key: key, upto: nil, limit: .max))
                }
            }
            return lines
        }
        let before = try await dump()
        try store.rebuild()
        #expect(try await dump() == before)
        #expect(try store.verify().findings.isEmpty)
        try store.close()
    }

    static func filter(_ random: inout Seeded) -> EntryFilter {
        var filter = EntryFilter()
        func chance() -> Bool { Int.random(in: 0...3, using: &random) == 0 }
        let release = Sample.release(.random(in: 1...6, using: &random))
        if chance() {
            filter.kinds = [
                ["deploy", "deploy.finished", "fence", "host.observed"]
                    .randomElement(using: &random) ?? "deploy"
            ]
        }
        if chance() { filter.environments = [Sample.production] }
        if chance() { filter.services = [Sample.web, ServiceName(unchecked: "api")] }
        if chance() { filter.services = [Sample.web] }
        if chance() { filter.tags = release.tag.map { [$0] } ?? [] }
        if chance() {
            filter.digests = [
                String(
                    (release.digest?.rawValue ?? "").prefix(.random(in: 12...71, using: &random)))
            ]
        }
        if chance() {
            filter.digests = [String((release.digest?.rawValue ?? "").dropFirst(7).prefix(9))]
        }
        if chance() {
            filter.revisions = [
                String(
                    (release.revision?.rawValue ?? "").prefix(.random(in: 5...40, using: &random)))
            ]
        }
        if chance() {
            filter.authors = [
                ["alice", "ALICE b", "b", "ci", "bob"].randomElement(using: &random) ?? "ci"
            ]
        }
        if chance() {
            filter.outcomes = [["failed", "finished"].randomElement(using: &random) ?? "failed"]
        }
        if chance() {
            filter.since = Fixed.start.adding(seconds: .random(in: -90_000...0, using: &random))
        }
        if chance() {
            filter.until = Fixed.start.adding(seconds: .random(in: -50_000...100, using: &random))
        }
        if chance() {
            filter.text = ["FIX", "bad", "again\"", "sha256", "7", "caf\u{E9}", "e\u{301} f"]
                .randomElement(using: &random)
        }
        if chance() { filter.streams = [.environment(Sample.production)] }
        if chance() { filter.sequences = 20...80 }
        return filter
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func theFilterInSQLIsMatches(seed: UInt64) async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        // More than the index leaves to be read one by one.
        try await fill(store, seed, count: 400)
        let entries = try await all(store)
        var random = Seeded(seed)
        for _ in 0..<60 {
            let filter = Self.filter(&random)
            let found = try await store.page(filter, .oldestFirst, after: nil, limit: .max)
            #expect(found == entries.filter(filter.matches), "\(filter)")
            let reversed = try await store.page(filter, .newestFirst, after: nil, limit: .max)
            #expect(reversed == found.reversed())
        }
        try store.close()
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func pagesNeitherOverlapNorSkip(seed: UInt64) async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        // More than the index leaves to be read one by one.
        try await fill(store, seed, count: 400)
        var random = Seeded(seed)
        for _ in 0..<30 {
            let filter = Self.filter(&random)
            for order in [ReadOrder.oldestFirst, .newestFirst] {
                let whole = try await store.page(filter, order, after: nil, limit: .max)
                var pages: [Entry] = []
                while true {
                    let limit = Int.random(in: 1...9, using: &random)
                    let page = try await store.page(
                        filter, order, after: pages.last?.sequence, limit: limit)
                    pages += page
                    if page.count < limit { break }
                }
                #expect(pages == whole)
            }
        }
        try store.close()
    }
}
