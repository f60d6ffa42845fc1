import FaultDisk
import Foundation
import Ledger
import LedgerSQLite
import Projections
import Support

/// What else goes wrong around a file. Some of it wants root, and a mount namespace of its own.
struct Rest {
    private let room: Room
    private let program: String
    private var chance: Seeded

    init(program: String, seed: UInt64) throws {
        room = try Room(NSTemporaryDirectory())
        self.program = program
        chance = Seeded(seed)
    }

    private func fresh(_ name: String) throws -> (path: String, log: String) {
        try room.clear()
        let path = room.path(name)
        try SQLiteStore.create(path: path)
        return (path, room.path("log"))
    }

    private func said(_ log: String) -> String {
        (try? String(contentsOfFile: log + ".said", encoding: .utf8)) ?? ""
    }

    private func judge(
        _ name: String, _ log: String, _ path: String, _ before: Acknowledged? = nil,
        wants word: String?, _ tally: inout Tally
    ) async {
        tally.tries += 1
        let said = said(log)
        if let wrong = await (before ?? Acknowledged([log])).wrong(with: path) {
            tally.wrong.append("\(name): \(wrong)")
        } else if let word, !said.contains(word) {
            tally.wrong.append("\(name): it did not say “\(word)” but “\(said)”")
        } else if said.isEmpty {
            tally.harmless += 1
        } else {
            tally.found += 1
        }
    }

    private func entries(_ path: String) async throws -> Int {
        let store = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        defer { try? store.close() }
        return try await store.head().sequence
    }

    /// A disk that is full at some point of an append.
    mutating func fullDisk(_ times: Int) async throws -> Tally {
        var tally = Tally()
        let disk = room.path("disk")
        for _ in 0..<times {
            try room.clear()
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            let size = 400_000 + 4096 * Int.random(in: 0..<400, using: &chance)
            try Cuts.must(["mount", "-t", "tmpfs", "-o", "size=\(size)", "tmpfs", disk])
            defer { try? Cuts.must(["umount", disk]) }
            let (path, log) = (disk + "/ledger.db", room.path("log"))
            try SQLiteStore.create(path: path)
            let writer = try Writer.start(path: path, stream: "general", seed: 1, log: log)
            writer.waitUntilExit()
            try Cuts.must(["mount", "-o", "remount,size=64m", disk])
            await judge("full disk (\(size) bytes)", log, path, wants: "the disk is full", &tally)
        }
        return tally
    }

    /// A disk that becomes read-only under a process that appends.
    mutating func readOnly(_ times: Int) async throws -> Tally {
        var tally = Tally()
        let disk = room.path("disk")
        for _ in 0..<times {
            try room.clear()
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            let image = room.path("disk.img")
            try Cuts.must(["truncate", "-s", "64M", image])
            try Cuts.must(["mkfs.ext4", "-q", "-F", image])
            try Cuts.must(["mount", "-o", "loop,errors=remount-ro", image, disk])
            defer { try? Cuts.must(["umount", disk]) }
            let (path, log) = (disk + "/ledger.db", room.path("log"))
            try SQLiteStore.create(path: path)
            let writer = try Writer.start(path: path, stream: "general", seed: 1, log: log)
            usleep(UInt32.random(in: 50_000...300_000, using: &chance))
            // See Cuts: what is under way at that moment ends well, and keeps nothing.
            let before = Acknowledged([log])
            // As a kernel does it when it meets an error on the disk.
            try "1".write(
                toFile: "/sys/fs/ext4/\(try device(of: disk))/trigger_fs_error", atomically: false,
                encoding: .utf8)
            usleep(50_000)
            Writer.kill(writer)
            try Cuts.must(["umount", disk])
            try Cuts.must(["mount", "-o", "loop,errors=remount-ro", image, disk])
            await judge("read-only", log, path, before, wants: "disk", &tally)
        }
        return tally
    }

    private func device(of folder: String) throws -> String {
        let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
        for line in mounts.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count > 1, words[1] == folder {
                return URL(filePath: String(words[0])).lastPathComponent
            }
        }
        throw StoreProblem(.input, "\(folder) is not mounted")
    }

    /// Files that may not grow beyond a length, and memory that is not there.
    mutating func limits(_ times: Int) async throws -> Tally {
        var tally = Tally()
        for _ in 0..<times {
            let (path, log) = try fresh("ledger.db")
            let bytes = Int.random(in: 100_000...600_000, using: &chance)
            let limit = ["prlimit", "--fsize=\(bytes)", "--"]
            try Writer.start(path: path, stream: "general", seed: 1, log: log, before: limit)
                .waitUntilExit()
            await judge("files of at most \(bytes) bytes", log, path, wants: "disk", &tally)
        }
        for _ in 0..<times {
            let (path, log) = try fresh("ledger.db")
            let bytes = Int.random(in: 60 << 20...400 << 20, using: &chance)
            let limit = ["timeout", "1", "prlimit", "--as=\(bytes)", "--"]
            try Writer.start(path: path, stream: "general", seed: 1, log: log, before: limit)
                .waitUntilExit()
            await judge("memory of \(bytes >> 20) MiB", log, path, wants: nil, &tally)
        }
        return tally
    }

    /// Clocks that jump: places keep their order, and `recorded` never goes back.
    mutating func clocks(_ times: Int) async throws -> Tally {
        var tally = Tally()
        let (path, log) = try fresh("ledger.db")
        for _ in 0..<times {
            let hours = Int.random(in: -50_000...50_000, using: &chance)
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [
                "faketime", "-f", "\(hours >= 0 ? "+" : "")\(hours)h", program, "note", "x", "--db",
                path,
            ]
            process.environment = [
                "PATH": "/usr/bin:/bin", "LEDGER_BY": "alice", "HOME": room.folder.path,
            ]
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            if process.terminationStatus != 0 {
                tally.wrong.append("clock \(hours) h: exit \(process.terminationStatus)")
            }
        }
        let (fine, count) = (times - tally.wrong.count, try await entries(path))
        if count != fine {
            tally.wrong.append("clocks: \(count) entries of \(fine) that were acknowledged")
        }
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        await judge("clocks", log, path, wants: nil, &tally)
        tally.tries = times
        tally.harmless = times - tally.wrong.count
        return tally
    }

    /// Whoever holds the lock is killed; many open a new file at once; a reader stays; a file is
    /// copied while it is written to.
    mutating func neighbours(_ times: Int) async throws -> Tally {
        var tally = Tally()
        for _ in 0..<times {
            let (path, log) = try fresh("ledger.db")
            // All at once, at a file that nobody has opened yet.
            let logs = (1...4).map { log + "\($0)" }
            let writers = try logs.enumerated().map { number, log in
                try Writer.start(path: path, stream: "own\(number)", seed: UInt64(number), log: log)
            }
            // A reader that begins and never ends.
            usleep(UInt32.random(in: 30_000...100_000, using: &chance))
            let reader = try Connection(path: path)
            try reader.use { database in
                try database.execute("BEGIN; SELECT count(*) FROM entry")
            }
            usleep(UInt32.random(in: 50_000...200_000, using: &chance))
            // A copy of what is written to at this moment, log and all.
            for end in ["", "-wal"] {
                try? FileManager.default.copyItem(
                    atPath: path + end, toPath: room.path("copy.db" + end))
            }
            for writer in writers { Writer.kill(writer) }
            try reader.use { try $0.execute("COMMIT") }
            try reader.close()
            let headers = try await headers(path)
            tally.tries += 1
            let acknowledged = Acknowledged(logs)
            if let wrong = await acknowledged.wrong(with: path) {
                tally.wrong.append("neighbours: \(wrong)")
            } else if let wrong = await silently(room.path("copy.db"), headers, acknowledged) {
                tally.wrong.append("a copy: \(wrong)")
            } else {
                tally.harmless += 1
            }
        }
        return tally
    }

    private func headers(_ path: String) async throws -> [String] {
        let store = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        defer { try? store.close() }
        var headers: [String] = []
        try await store.each { headers.append(LeafHasher.header(of: $0)) }
        return headers
    }

    /// Whether a torn copy passes for another ledger: it may be an earlier one, or be found out.
    private func silently(
        _ copy: String, _ headers: [String], _ acknowledged: Acknowledged
    ) async -> String? {
        guard let store = try? SQLiteStore(path: copy, .reading, views: StoredViews.all) else {
            return nil
        }
        defer { try? store.close() }
        guard let found = try? store.verify(threads: 1), found.findings.isEmpty,
            let held = try? await self.headers(copy)
        else { return nil }
        // What was written and not acknowledged when its process was killed may be in the copy, and
        // not in the ledger: others had not seen it, and have gone on without it.
        let same = zip(headers, held).prefix { $0 == $1 }.count
        let others = held.dropFirst(same)
        if others.count <= 1, !others.contains(where: acknowledged.holds) { return nil }
        return "it verifies with \(held.count) entries, and only \(same) are those of the ledger, "
            + "which has \(headers.count)"
    }
}
