import Foundation
import Ledger

/// Every row of the design's table, both sides in one run, interleaved; ratios with median, min and
/// max.
final class All {
    private let count: Int
    private let rounds: Int
    private let folder: String
    private let program: String?
    /// A Python that has the package `eventsourcing`, if its side is wanted.
    private let python: String?
    private var samples: [String: [Double]] = [:]
    private var order: [String] = []

    init(_ arguments: Arguments) throws {
        count = arguments.number("count", 1_000_000)
        rounds = arguments.number("rounds", 3)
        program = arguments["ledger"]
        python = arguments["python"]
        let base = arguments["folder"] ?? NSTemporaryDirectory()
        folder = "\(base)/ledger-bench-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func note(_ name: String, _ value: Double) {
        if samples[name] == nil { order.append(name) }
        samples[name, default: []].append(value)
    }

    private func note(_ figure: Figure, as name: String) { note(name, figure.value) }

    private func fresh(_ name: String) -> String {
        let path = "\(folder)/\(name)-\(samples.values.joined().count).db"
        for end in ["", "-wal", "-shm", ".lock", ".newest"] { unlink(path + end) }
        return path
    }

    private func tell(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    func run() async throws {
        let small = Workload.make(count: min(count, 100_000) + 5_000)
        let (big, tail) = try await load()
        for round in 1...rounds {
            tell("round \(round) of \(rounds)")
            try await appends(small, tail, big, round)
            try await reading(big)
        }
        try await wholePrograms(big)
        report()
    }

    /// Only what reads: scan, replay, verify, time travel.
    func runReading() async throws {
        let (big, _) = try await load()
        for round in 1...rounds {
            tell("round \(round) of \(rounds)")
            try await reading(big)
        }
        report()
    }

    /// A ledger of `count` entries, and some that it does not have.
    private func load() async throws -> (path: String, tail: [WorkEvent]) {
        tell("loading \(count) entries …")
        let path = "\(folder)/big.db"
        let all = Workload.make(count: count + 5_000)
        note(try await Cases.batches(path, Array(all.prefix(count)), batch: 1000), as: "load")
        let bytes = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        note("bytes an entry (≤ 600)", Double(bytes) / Double(count))
        return (path, Array(all.suffix(5_000)))
    }

    /// Only what comes from the pipeline.
    func runPipeline() throws {
        guard let program else { throw Raw.Failed(what: "name the program: --ledger PROGRAM") }
        try pipeline(program)
        report()
    }

    private func appends(
        _ small: [WorkEvent], _ tail: [WorkEvent], _ big: String, _ round: Int
    ) async throws {
        let blocks = min(2_000, count)
        let disk = try Raw.disk(folder, count: blocks)
        let single = try await Cases.singles(fresh("single"), Array(small.prefix(2_100)), warm: 600)
        let bare = try await Cases.singles(
            fresh("bare"), Array(small.prefix(2_100)), warm: 600, tree: false)
        note("disk: 4 KiB append + fdatasync /s", disk.value)
        note("single append /s", single.value)
        note("single append ÷ disk (≥ 0.85)", single.value / disk.value)
        note("single append p99 ÷ disk p99 (≤ 3)", (single.p99 ?? 0) / (disk.p99 ?? 1))
        note("single: without tree ÷ with (≤ 1.15)", bare.value / single.value)
        let crowd = try await Cases.callers(
            fresh("crowd"), Array(small.prefix(60_000)), callers: 64)
        note("64 callers /s", crowd.value)
        note("64 callers ÷ single", crowd.value / single.value)
        if let python {
            let script = "Benchmarks/eventsourcing_threads.py"
            let said = try Whole.answer([python, script, fresh("eventsourcing"), "6400", "64"])
            guard let rate = Double(said) else { throw Raw.Failed(what: said) }
            note("64 callers ÷ eventsourcing, 64 threads (≥ 10)", crowd.value / rate)
        }
        let events = Array(small.prefix(min(count, 100_000)))
        let raw = try Raw.batches(fresh("raw"), events, batch: 1000)
        let batch = try await Cases.batches(fresh("batch"), events, batch: 1000)
        let plain = try await Cases.batches(fresh("plain"), events, batch: 1000, tree: false)
        note("raw batches of 1,000 /s", raw.value)
        note("batches of 1,000 /s", batch.value)
        note("batches ÷ raw batches (≥ 0.25)", batch.value / raw.value)
        note("64 callers ÷ batches (≥ 0.6)", crowd.value / batch.value)
        note("batches: without tree ÷ with (≤ 1.5)", plain.value / batch.value)
        Cases.leftOut = ["search", "views"]
        let table = try await Cases.batches(fresh("table"), events, batch: 1000)
        Cases.leftOut = []
        note("batches without search and views ÷ raw (≥ 0.5)", table.value / raw.value)
        let fifth = Array(tail.dropFirst(1_000 * (round - 1) % 4_000).prefix(1_000))
        let little = try await Cases.batches(
            fresh("little"), Array(small.prefix(10_000)), batch: 1000)
        let fresh = fifth.map { event in
            var event = event
            event.id = EntryID(high: event.id.high, low: event.id.low &+ UInt64(round) << 8)
            return event
        }
        let atEnd = try await Cases.batches(big, fresh, batch: 1000)
        note("batches at 10 k ÷ at \(count) (≤ 1.5)", little.value / atEnd.value)
    }

    private func reading(_ big: String) async throws {
        let scan = try Raw.scan(big, hashing: false)
        let sha = try Raw.scan(big, hashing: true)
        let project = try await Cases.replay(big)
        let one = try Cases.verify(big, threads: 1)
        let two = try Cases.verify(big, threads: 2)
        note("raw scan /s", scan.value)
        note("raw scan + SHA-256 /s", sha.value)
        note("replay into all views /s", project.value)
        note("replay ÷ raw scan (≥ 0.55)", project.value / scan.value)
        let leaves = try await Cases.verifyLeaves(big)
        note("verify leaves and roots ÷ raw scan + SHA-256 (≥ 0.6)", leaves.value / sha.value)
        note("verify /s", one.value)
        note("verify ÷ raw scan + SHA-256 (≥ 0.25)", one.value / sha.value)
        note("verify on two cores ÷ on one (≥ 1.7)", two.value / one.value)
        for figure in try await Cases.timeTravel(big, points: min(10_000, count)) {
            note("\(figure.name), \(figure.unit)", figure.value)
        }
    }

    /// Whole processes, started again and again.
    private func wholePrograms(_ big: String) async throws {
        guard let program else {
            tell("no --ledger PROGRAM: whole processes are not measured")
            return
        }
        let events = Workload.make(count: count)
        let sides = GitSides(folder: folder, program: program)
        for round in 1...rounds {
            let (log, ours) = try sides.imports(Array(events.prefix(20_000)), round: round)
            note("git log of \(min(count, 20_000)) commits, s", log)
            note("import git ÷ git log (≤ 5)", ours / log)
        }
        try pipeline(program)
        tell("making a repository of \(count) commits …")
        let repository = try sides.make("large", events, tags: 0)
        let middle = events[(count / 2)...].first { $0.by != "ci" && $0.subject.tag != nil }
        let little = "\(folder)/little.db"
        _ = try await Cases.batches(little, Array(events.prefix(10_000)), batch: 1000)
        try memory(events, repository, sides)
        for _ in 0..<rounds {
            if let middle { try questions(big, repository, middle, sides) }
            let git = try Whole.time(["git", "--version"])
            note("git --version, ms", git)
            note(
                "ledger --version ÷ git --version (≤ 1.5)",
                try Whole.time([program, "--version"]) / git)
            let log = try Whole.time([program, "log", "-n", "20", "--db", big])
            let sql = "SELECT * FROM entry ORDER BY sequence DESC LIMIT 20"
            note("ledger log -n 20, ms", log)
            let few = try Whole.time([program, "log", "-n", "20", "--db", little])
            note("log -n 20 at \(count) ÷ at 10 k (1: size plays no part)", log / few)
            note(
                "log -n 20 ÷ sqlite3 (≤ 2.5)",
                log / (try Whole.time(["sqlite3", "-readonly", big, sql])))
            try records(little)
            let status = try Whole.time([program, "status", "--db", big])
            note("ledger status, ms", status)
            let short = try Whole.time([program, "status", "--db", little])
            note("status at \(count) ÷ at 10 k (1: size plays no part)", status / short)
            let running = "SELECT * FROM running ORDER BY environment, service"
            note(
                "status ÷ sqlite3 (≤ 1)",
                status / (try Whole.time(["sqlite3", "-readonly", big, running])))
        }
    }

    /// One durable fact, by a whole process; `sqlite3` adds a row with the same durability.
    private func records(_ ledger: String) throws {
        guard let program else { return }
        let plain = "\(folder)/plain.db"
        let table =
            "CREATE TABLE IF NOT EXISTS fact (id INTEGER PRIMARY KEY, kind TEXT, text TEXT);"
        try Whole.once(["sqlite3", plain, "PRAGMA journal_mode = WAL;" + table])
        let row = "INSERT INTO fact (kind, text) VALUES ('note.added', 'one more')"
        let theirs = try Whole.time(["sqlite3", plain, "PRAGMA synchronous = FULL; " + row])
        let ours = try Whole.time([
            program, "record", "note.added", "--text", "one more", "--db", ledger,
        ])
        note("ledger record of one fact, ms", ours)
        note("record ÷ sqlite3 INSERT (≤ 3)", ours / theirs)
    }

    /// The same ledger at 10,000 entries, ten times as many, and so on up to `count`: bytes an
    /// entry, and the time of each kind of work.
    func runGrowth() async throws {
        guard let program else { throw Raw.Failed(what: "name the program: --ledger PROGRAM") }
        let path = "\(folder)/growing.db"
        var maker = Workload.Maker()
        var (size, next) = (0, 10_000)
        while next <= count {
            var (seconds, last) = (0.0, 0.0)
            while size < next {
                let part = (0..<10_000).map { _ in maker.next() }
                let figure = try await Cases.batches(path, part, batch: 1000)
                last = figure.value
                seconds += Double(part.count) / figure.value
                size += part.count
            }
            let bytes = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            note("\(next): bytes an entry", Double(bytes) / Double(next))
            note("\(next): batches of 1,000 /s, the last 10,000 entries", last)
            for round in 0..<rounds {
                let asked = [("log -n 20", ["log", "-n", "20"]), ("status", ["status"])]
                for (name, words) in asked {
                    note(
                        "\(next): \(name), ms", try Whole.time([program] + words + ["--db", path]))
                    guard Self.dropCache() else { continue }
                    let cold = try Whole.once([program] + words + ["--db", path])
                    note("\(next): \(name), nothing cached, ms", cold * 1e3)
                }
                guard round == 0 else { continue }
                note("\(next): verify, s", try Whole.once([program, "verify", "--db", path]))
                note(
                    "\(next): verify --quick, s",
                    try Whole.once([program, "verify", "--quick", "--db", path]))
            }
            next *= 10
        }
        report()
    }

    /// Empties the system's cache of files, where this process may.
    private static func dropCache() -> Bool {
        sync()
        return (try? Data("3".utf8).write(to: URL(filePath: "/proc/sys/vm/drop_caches"))) != nil
    }

    /// What comes from the pipeline: deliveries in bulk, and the rules held against many files.
    private func pipeline(_ program: String) throws {
        let sides = PipelineSides(folder: folder, program: program)
        let deliveries = min(count, 50_000)
        for round in 1...rounds {
            let (script, ours) = try sides.imports(deliveries, round: round)
            note("deliveries kept by a script of Python /s", Double(deliveries) / script)
            note("import github, deliveries /s (≥ 10,000)", Double(deliveries) / ours)
            note("import github ÷ the script", script / ours)
            let (hashing, check) = try sides.checks()
            note("check of 1,000 files, s (≤ 1)", check)
            note("check ÷ sha256sum of the same files", check / hashing)
        }
    }

    /// The most memory that whole programs held, with few entries and with all.
    private func memory(
        _ events: [WorkEvent], _ repository: String, _ sides: GitSides
    ) throws {
        let few = Array(events.prefix(MemorySides.small))
        let memory = MemorySides(folder: folder, program: sides.program)
        let small = try memory.peaks(few, repository: try sides.make("small", few, tags: 0))
        let large = try memory.peaks(events, repository: repository)
        for ((name, least), (_, most)) in zip(small, large) {
            note("peak memory \(name) \(few.count), MiB", least)
            note("peak memory \(name) \(count), MiB", most)
            note("\(name): growth, MiB (≤ 10)", most - least)
        }
    }

    /// The same questions to the ledger and to git: service and tag and two weeks; an author's last
    /// month; a digest.
    private func questions(
        _ big: String, _ repository: String, _ middle: WorkEvent, _ sides: GitSides
    ) throws {
        let ledger = [sides.program, "log", "--db", big]
        let git = ["git", "-C", repository, "log", "--format=%H"]
        let subject = middle.subject
        let service = subject.service?.rawValue ?? ""
        let tag = subject.tag?.rawValue ?? "v1.0.1"
        let digest = subject.digest?.rawValue ?? "sha256:00"
        let (since, until) = (
            middle.time.adding(seconds: -604_800), middle.time.adding(seconds: 604_800)
        )
        let asked: [(String, [String], [String])] = [
            (
                "service + tag + time",
                ["--service", service, "--tag", tag, "--since", "\(since)", "--until", "\(until)"],
                [
                    "--all-match", "--grep=^Service: \(service)$", "--grep=^Tag: \(tag)$",
                    "--since=\(since)", "--until=\(until)",
                ]
            ),
            (
                "author + time", ["--author", middle.by, "--since", "\(since)"],
                ["--author=\(middle.by)@", "--since=\(since)"]
            ),
            ("digest", ["--digest", digest], ["--grep=^Digest: \(digest)$"]),
        ]
        for (name, ours, theirs) in asked {
            let git = try Whole.once(git + theirs) * 1e3
            let ledger = try Whole.time(ledger + ours)
            note("log by \(name), ms", ledger)
            note("git ÷ log by \(name) (≥ 120)", git / ledger)
        }
        let last = try Whole.time(ledger + ["-n", "20"])
        note("log -n 20 ÷ git log -n 20 (≤ 2.5)", last / (try Whole.time(git + ["-n", "20"])))
    }

    private func report() {
        print("\(count) entries, \(rounds) rounds; median (min … max)")
        for name in order {
            let sorted = (samples[name] ?? []).sorted()
            let format = { (value: Double) in
                value >= 100 ? String(Int(value)) : String(format: "%.2f", value)
            }
            print(
                name.padding(toLength: 58, withPad: " ", startingAt: 0),
                format(sorted[sorted.count / 2]),
                "(\(format(sorted[0])) … \(format(sorted[sorted.count - 1])))")
        }
    }
}
