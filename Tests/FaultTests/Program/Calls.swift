import Foundation
import Ledger
import LedgerProof
import LedgerSQLite
import Projections
import Support

/// System calls that fail, fall short or never return: strace(1) puts itself between the program
/// and the kernel at each call that touches the ledger's files.
final class Calls: @unchecked Sendable {
    /// A command, and the folder it begins in.
    private struct Work: Sendable {
        let name: String
        let arguments: [String]
        /// The folder that is copied for each try.
        let template: String
        /// What the command adds, if it succeeds; `nil`: it is not about entries.
        let adds: Int?
    }
    private struct Fault: Sendable {
        let work: Int
        let call: String
        let how: String
        let place: Int
    }
    private let program: String
    private let room: Room
    private var works: [Work] = []
    private var expected: [Int: (headers: [String], checkpoints: [Checkpoint])] = [:]

    /// `program` is the path of `ledger`; `root` that of the repository.
    init(program: String, root: String) async throws {
        self.program = program
        room = try Room(NSTemporaryDirectory())
        let plain = room.path("plain")
        try await prepare(plain, old: nil)
        let older = room.path("older")
        try await prepare(older, old: root + "/Tests/SQLiteTests/Golden")
        let shop = room.path("shop")
        try prepareShop(shop, root)
        works = [
            Work(name: "append", arguments: ["note", "one more"], template: plain, adds: 1),
            Work(
                name: "redact",
                arguments: ["redact", "3", "--field", "text", "--reason", "pasted", "--yes"],
                template: plain, adds: 1),
            Work(name: "rebuild", arguments: ["rebuild"], template: plain, adds: 0),
            Work(name: "backup", arguments: ["backup", "copy.db"], template: plain, adds: 0),
            Work(name: "merge", arguments: ["merge", "other.db"], template: plain, adds: nil),
            Work(name: "upgrade", arguments: ["rebuild"], template: older, adds: 0),
            Work(
                name: "revert",
                arguments: [
                    "revert", "--to", "v0.9.9", "-e", "production", "--confirm", "production",
                ],
                template: shop, adds: nil),
        ]
        for index in works.indices { expected[index] = try await state(of: works[index].template) }
    }

    // MARK: Where it begins

    private func run(
        _ arguments: [String], in folder: String, before: [String] = []
    ) throws -> (code: Int32, said: String) {
        let process = Process()
        let command = before + [program] + arguments
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = URL(filePath: folder)
        let programs = URL(filePath: program).deletingLastPathComponent().path
        process.environment = [
            "PATH": "\(programs):/usr/bin:/bin", "HOME": folder, "LEDGER_BY": "alice", "TZ": "UTC",
            "LANG": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no",
        ]
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let said = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
    }

    private func must(_ arguments: [String], in folder: String) throws {
        let result = try run(arguments, in: folder)
        guard result.code == 0 else {
            throw StoreProblem(.input, "cannot prepare: \(arguments)", cause: result.said)
        }
    }

    private func prepare(_ folder: String, old: String?) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try must(["init"], in: folder)
        for number in 1...6 { try must(["note", "note \(number)"], in: folder) }
        try must(["init", "--db", "other.db", "--playbook", "/dev/null"], in: folder)
        for number in 1...3 {
            try must(["note", "apart \(number)", "--db", "other.db"], in: folder)
        }
        guard let old else { return }
        let path = folder + "/.ledger/ledger.db"
        let script = """
            cd .ledger && rm -f ledger.db ledger.db-* ledger.db.newest && sqlite3 ledger.db "PRAGMA journal_mode = WAL" >/dev/null \
            && sqlite3 ledger.db < '\(old)/schema-4.sql' && sed '/^-- version 5/,$d' '\(old)/rows-8.sql' \
            | sqlite3 ledger.db && chmod 600 ledger.db
            """
        _ = try shell(script, in: folder)
        guard FileManager.default.fileExists(atPath: path) else {
            throw StoreProblem(.input, "no older file could be made")
        }
    }

    private func prepareShop(_ folder: String, _ root: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        _ = try shell("'\(root)/Tests/StoryTests/Fixtures/shop'", in: folder)
        for tag in ["v0.9.9", "v1.0.0"] {
            try must(["deploy", tag, "-e", "production", "--confirm", "production"], in: folder)
        }
    }

    private func shell(_ script: String, in folder: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-ec", script]
        process.currentDirectoryURL = URL(filePath: folder)
        let programs = URL(filePath: program).deletingLastPathComponent().path
        process.environment = [
            "PATH": "\(programs):/usr/bin:/bin", "HOME": folder, "LEDGER_BY": "alice",
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let said = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw StoreProblem(.input, "cannot prepare: \(script)")
        }
        return String(decoding: said, as: UTF8.self)
    }

    private func state(
        of folder: String
    ) async throws -> (headers: [String], checkpoints: [Checkpoint]) {
        // A copy is looked at: the older file is to stay as it is.
        let copy = try Room(NSTemporaryDirectory())
        _ = try shell("cp -a '\(folder)/.' '\(copy.folder.path)'", in: folder)
        let path = copy.path(".ledger/ledger.db")
        let store = try SQLiteStore(path: path, .writing, views: StoredViews.all)
        defer { try? store.close() }
        var headers: [String] = []
        try await store.each { headers.append(LeafHasher.header(of: $0)) }
        let note = try await store.checkpoint(covering: nil)
        return (headers, try note.map { [try Checkpoint($0.text)] } ?? [])
    }

    // MARK: Faults

    /// What can become of each kind of call.
    private static let faults: [String: [String]] = [
        "openat": ["error=EIO", "error=EMFILE"], "pread64": ["error=EIO", "error=EINTR"],
        "read": ["error=EIO", "error=EINTR"],
        "pwrite64": ["error=EIO", "error=ENOSPC", "retval=0"],
        "write": ["error=EIO", "error=ENOSPC"], "fsync": ["error=EIO", "error=ENOSPC"],
        "fdatasync": ["error=EIO", "error=ENOSPC"], "ftruncate": ["error=EIO", "error=EINTR"],
        "fallocate": ["error=ENOSPC"], "fcntl": ["error=EIO", "error=EINTR"],
        "flock": ["error=EINTR", "error=EIO"], "unlink": ["error=EIO"], "rename": ["error=EIO"],
        "link": ["error=EIO"], "newfstatat": ["error=EIO"], "fstat": ["error=EIO"],
        "lseek": ["error=EIO"], "mmap": ["error=ENOMEM"], "close": ["error=EIO"],
    ]

    private func paths(_ folder: String) -> [String] {
        let base = folder + "/.ledger/ledger.db"
        let names = ["", "-wal", "-shm", "-journal", ".lock", ".newest", ".copies", ".key"]
        let others = ["/copy.db", "/other.db", "/other.db-wal", "/.ledger"].map { folder + $0 }
        return (names.map { base + $0 } + others).flatMap { ["-P", $0] }
    }

    /// Every call that each command makes on the ledger's files, with each thing that can become of
    /// it.
    private func all() throws -> [Fault] {
        var faults: [Fault] = []
        for (index, work) in works.enumerated() {
            let folder = try Room(NSTemporaryDirectory())
            _ = try shell("cp -a '\(work.template)/.' '\(folder.folder.path)'", in: work.template)
            let log = folder.path("calls")
            let strace = ["strace", "-f", "-qq", "-o", log] + paths(folder.folder.path)
            let result = try run(work.arguments, in: folder.folder.path, before: strace)
            guard result.code == 0 else {
                throw StoreProblem(.input, "\(work.name) fails by itself", cause: result.said)
            }
            var counts: [String: Int] = [:]
            for line in try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n") {
                let words = line.split(separator: " ", omittingEmptySubsequences: true)
                guard words.count > 1, let call = words[1].split(separator: "(").first else {
                    continue
                }
                counts[String(call), default: 0] += 1
            }
            for (call, count) in counts {
                for place in 1...count {
                    for how in (Self.faults[call] ?? []) + ["signal=SIGKILL"] {
                        faults.append(Fault(work: index, call: call, how: how, place: place))
                    }
                }
            }
        }
        return faults
    }

    /// Tries so many of them, chosen by chance, two at a time.
    func run(_ times: Int, seed: UInt64) async throws -> Tally {
        var chance = Seeded(seed)
        let all = try all().shuffled(using: &chance)
        print("\(all.count) ways in which a call can fail; \(min(times, all.count)) are tried")
        let chosen = Array(all.prefix(times))
        return try await withThrowingTaskGroup(of: Tally.self) { group in
            for part in 0..<2 {
                group.addTask {
                    var tally = Tally()
                    for index in stride(from: part, to: chosen.count, by: 2) {
                        try await self.attempt(chosen[index], &tally)
                    }
                    return tally
                }
            }
            var tally = Tally()
            for try await part in group { tally.add(part) }
            return tally
        }
    }

    private func attempt(_ fault: Fault, _ tally: inout Tally) async throws {
        let work = works[fault.work]
        let folder = try Room(NSTemporaryDirectory())
        _ = try shell("cp -a '\(work.template)/.' '\(folder.folder.path)'", in: work.template)
        let inject = "inject=\(fault.call):\(fault.how):when=\(fault.place)"
        let strace =
            [
                "timeout", "-s", "KILL", "60", "strace", "-f", "-y", "-qq", "-o",
                folder.path("calls"),
            ]
            + paths(folder.folder.path) + ["-e", "trace=\(fault.call)", "-e", inject]
        let result = try run(work.arguments, in: folder.folder.path, before: strace)
        let name = "\(work.name), \(fault.call) \(fault.place): \(fault.how)"
        let calls = (try? String(contentsOfFile: folder.path("calls"), encoding: .utf8)) ?? ""
        // Runs differ by a call or two: a place that this one did not come to is no try.
        guard calls.contains("(INJECTED)") || calls.contains("killed by SIGKILL") else { return }
        tally.tries += 1
        if let wrong = await wrong(fault, result, folder) {
            tally.wrong.append("\(name): \(wrong); exit \(result.code): \(result.said)")
        } else if result.code == 0 {
            tally.harmless += 1
        } else {
            tally.found += 1
        }
    }

    private func wrong(
        _ fault: Fault, _ result: (code: Int32, said: String), _ folder: Room
    ) async -> String? {
        let work = works[fault.work]
        guard let before = expected[fault.work] else { return "nothing is expected of it" }
        if result.code == 70 || result.said.contains("Fatal error") { return "the program broke" }
        if result.code != 0, fault.how != "signal=SIGKILL", result.said.isEmpty {
            return "it failed without a word"
        }
        do {
            let path = folder.path(".ledger/ledger.db")
            let store = try SQLiteStore(path: path, .writing, views: StoredViews.all)
            var headers: [String] = []
            try await store.each { headers.append(LeafHasher.header(of: $0)) }
            try store.close()
            guard Array(headers.prefix(before.headers.count)) == before.headers else {
                return "what was acknowledged before is not there"
            }
            let added = headers.count - before.headers.count
            if result.code == 0, let adds = work.adds, added != adds {
                return "it succeeded, and added \(added) entries"
            }
            let calls = (try? String(contentsOfFile: folder.path("calls"), encoding: .utf8)) ?? ""
            if result.code == 0, !result.said.contains("disk"), let line = Self.unsynced(calls) {
                return "it says nothing of a disk that did not sync: \(line)"
            }
            if let adds = work.adds, added > adds { return "it added \(added) entries" }
            let oracle = Oracle(
                attempted: headers, acknowledged: headers.count, checkpoints: before.checkpoints)
            if let wrong = await oracle.wrong(with: path) { return wrong }
            return result.code == 0 ? try succeeded(work, folder) : nil
        } catch { return "it does not open: \(error)" }
    }

    /// The sync that has failed, by what strace wrote down; `nil` if none has. That of a folder
    /// SQLite does not heed (docs/reliability.md).
    private static func unsynced(_ calls: String) -> Substring? {
        calls.split(separator: "\n").first { line in
            line.contains("(INJECTED)") && line.contains("sync(") && !line.contains("/.ledger>")
        }
    }

    /// What must be so where the command said that it was done.
    private func succeeded(_ work: Work, _ folder: Room) throws -> String? {
        switch work.name {
        case "backup":
            let verified = try run(["verify", "--db", "copy.db"], in: folder.folder.path)
            return verified.code == 0 ? nil : "the backup does not verify"
        case "revert":
            let status = try run(["status", "-e", "production"], in: folder.folder.path)
            return status.said.contains("v0.9.9") ? nil : "it says done, and runs another release"
        default: return nil
        }
    }
}
