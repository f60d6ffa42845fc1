import Foundation
import Ledger
import LedgerSQLite
import Projections
import Support

/// A process that appends until it is stopped, and writes down what was acknowledged.
///
/// Each append expects the head that was read before it. A line is `sequence id stream position`.
enum Writer {
    static func run(path: String, stream: String, seed: UInt64, log: String) async throws {
        signal(SIGXFSZ, SIG_IGN)
        let store = try SQLiteStore(path: path, .writing, views: StoredViews.all)
        let stream = try StreamName(stream)
        let said = open(log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        for number in 1... {
            let time = Timestamp(seconds: 1_800_000_000 + Int64(number))
            let draft = Draft(
                id: EntryID(time: time, random: (seed, seed << 32 | UInt64(number) << 2)),
                kind: "note.added", subject: Subject(), payload: #"{"text":"\#(seed)-\#(number)"}"#,
                time: time, recorded: time, by: Author(name: "writer \(seed)"),
                salt: .bits(seed, UInt64(number)))
            let head = try await store.position(of: stream)
            do {
                let entry = try await store.append(
                    [draft], to: stream, expecting: .position(head))[0]
                guard entry.position == head + 1 else { exit(3) }
                let line = "\(entry.sequence) \(entry.id) \(stream) \(entry.position)\n"
                _ = line.withCString { write(said, $0, strlen($0)) }
            } catch let problem as StoreProblem {
                guard case .conflict = problem.kind else { throw problem }
            }
        }
    }

    /// Starts one; it writes what ended it to `log` + `.said`.
    static func start(
        path: String, stream: String, seed: UInt64, log: String, before: [String] = []
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            before + [CommandLine.arguments[0], "writer", path, stream, "\(seed)", log]
        process.environment = ["SWIFT_BACKTRACE": "enable=no", "PATH": "/usr/bin:/bin"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        _ = FileManager.default.createFile(atPath: log + ".said", contents: nil)
        process.standardError = FileHandle(forWritingAtPath: log + ".said")
        try process.run()
        return process
    }

    static func kill(_ process: Process) {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

/// What writers wrote down, held against the ledger.
struct Acknowledged {
    private let lines: [[Substring]]

    /// Reads their logs; a line that was cut short was not told to anybody.
    init(_ logs: [String]) {
        var lines: [[Substring]] = []
        for log in logs {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            let whole =
                text.hasSuffix("\n")
                ? text[...] : text.prefix(upTo: text.lastIndex(of: "\n") ?? text.startIndex)
            lines += whole.split(separator: "\n").map { $0.split(separator: " ") }
        }
        self.lines = lines.filter { $0.count == 4 }
    }

    var count: Int { lines.count }

    /// Whether the entry of a header was acknowledged.
    func holds(_ header: String) -> Bool { lines.contains { header.contains($0[1]) } }

    /// What is wrong with the ledger; `nil` if each is there once, in its place, all places are
    /// dense, and it verifies and goes on.
    func wrong(with path: String) async -> String? {
        do {
            let store = try SQLiteStore(path: path, .writing, views: StoredViews.all)
            defer { try? store.close() }
            var entries: [Entry] = []
            var positions: [StreamName: Int] = [:]
            var ids: Set<EntryID> = []
            try await store.each { entry in
                entries.append(entry)
                positions[entry.stream, default: 0] += 1
                guard entry.sequence == entries.count, entry.position == positions[entry.stream],
                    ids.insert(entry.id).inserted
                else { throw StoreProblem(.damaged, "entry \(entry.sequence) has a wrong place") }
            }
            for line in lines {
                guard let sequence = Int(line[0]), sequence <= entries.count,
                    entries[sequence - 1].id.description == line[1],
                    entries[sequence - 1].stream.rawValue == line[2],
                    entries[sequence - 1].position == Int(line[3])
                else {
                    return
                        "entry \(line[0]) of \(lines.count) that were acknowledged is not there: "
                        + "\(entries.count) are"
                }
            }
            if let finding = try store.verify(threads: 1).findings.first {
                return "verify: \(finding)"
            }
            let more = try await store.append([Load.note(999_999)], to: .general, expecting: .any)
            return more[0].sequence == entries.count + 1 ? nil : "the next has a wrong place"
        } catch { return "\(error)" }
    }
}

/// Many processes that append to one file, and are killed at random.
struct Crowd {
    static let processes = 16

    static func run(seconds: Int, seed: UInt64) async throws -> Tally {
        var chance = Seeded(seed)
        let room = try Room(NSTemporaryDirectory())
        let path = room.path("ledger.db")
        try SQLiteStore.create(path: path)
        var logs: [String] = []
        func start() throws -> Process {
            let number = logs.count + 1
            logs.append(room.path("log-\(number)"))
            return try Writer.start(
                path: path, stream: number % 2 == 0 ? "shared" : "own\(number)",
                seed: UInt64(number), log: logs[number - 1])
        }
        var writers = try (0..<processes).map { _ in try start() }
        let end = Date().addingTimeInterval(Double(seconds))
        var tally = Tally()
        while Date() < end {
            usleep(UInt32.random(in: 10_000...150_000, using: &chance))
            let place = Int.random(in: 0..<processes, using: &chance)
            Writer.kill(writers[place])
            writers[place] = try start()
            tally.tries += 1
        }
        for writer in writers { Writer.kill(writer) }
        let acknowledged = Acknowledged(logs)
        if let wrong = await acknowledged.wrong(with: path) {
            tally.wrong.append(wrong)
        } else {
            tally.harmless = tally.tries
        }
        for log in logs {
            let said = (try? String(contentsOfFile: log + ".said", encoding: .utf8)) ?? ""
            if !said.isEmpty { tally.wrong.append("a writer ended by itself: \(said)") }
        }
        print(
            "\(acknowledged.count) appends acknowledged by \(logs.count) processes, \(tally.tries) killed"
        )
        return tally
    }
}
