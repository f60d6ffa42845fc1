import FaultDisk
import Foundation
import Ledger
import LedgerSQLite
import Support

/// Real file systems that are cut off, as by the power, while a process appends. Wants root, and a
/// mount namespace of its own (`unshare --mount`).
struct Cuts {
    private let kind: String
    private let room: Room
    private var image: String { room.path("disk.img") }
    private var folder: String { room.path("disk") }

    /// `ext4` or `xfs`; throws `StoreProblem` where the machine has none.
    init(_ kind: String) throws {
        self.kind = kind
        room = try Room(NSTemporaryDirectory())
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let size = kind == "xfs" ? "320M" : "64M"
        try Self.must(["truncate", "-s", size, image])
        try Self.must(
            kind == "xfs" ? ["mkfs.xfs", "-q", "-f", image] : ["mkfs.ext4", "-q", "-F", image])
        try mount()
    }

    static func must(_ command: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus == 0 { return }
        throw StoreProblem(.input, "\(command.joined(separator: " ")) fails")
    }

    private func mount() throws { try Self.must(["mount", "-o", "loop", image, folder]) }

    func run(_ times: Int, seed: UInt64) async throws -> Tally {
        var chance = Seeded(seed)
        var tally = Tally()
        defer { try? Self.must(["umount", folder]) }
        for number in 1...times {
            let path = folder + "/ledger-\(number).db"
            let log = room.path("log-\(number)")
            try SQLiteStore.create(path: path)
            // Its name must be on disk before anything is: that is the user's `ledger init`.
            sync()
            let writer = try Writer.start(path: path, stream: "general", seed: 1, log: log)
            usleep(UInt32.random(in: 40_000...400_000, using: &chance))
            // What is acknowledged from here on may be so only after the cut: a sync that is under
            // way at that moment ends well on these file systems, and keeps nothing.
            let before = Acknowledged([log])
            guard disk_cut(folder) == 0 else {
                Writer.kill(writer)
                throw StoreProblem(
                    .input, "\(kind) cannot be cut off: \(String(cString: strerror(errno)))")
            }
            writer.waitUntilExit()
            try Self.must(["umount", folder])
            try mount()
            tally.tries += 1
            let said = (try? String(contentsOfFile: log + ".said", encoding: .utf8)) ?? ""
            if let wrong = await before.wrong(with: path) {
                tally.wrong.append("\(kind), cut \(number): \(wrong)")
            } else if said.isEmpty, writer.terminationReason == .exit {
                // (A page of the log's index that is not there any more ends it by SIGBUS.)
                tally.wrong.append(
                    "\(kind), cut \(number): the writer did not say that the disk failed")
            } else {
                tally.found += 1
            }
            for end in ["", "-wal", "-shm", ".lock", ".newest"] { unlink(path + end) }
        }
        return tally
    }
}
