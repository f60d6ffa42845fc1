internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerText

/// The surroundings of a ledger's file: its log, its lock, its permissions, the disk.
struct FileContext {
    private typealias Finding = Examination.Finding
    let path: String
    let temporary: String

    func findings() -> [Examination.Finding] {
        [log(), lock()] + permissions() + [disk(), rests(), copies()].compactMap(\.self)
    }

    private func status(_ path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }

    // MARK: Log and lock

    private func log() -> Examination.Finding {
        let bytes = Int(status(path + "-wal")?.st_size ?? 0)
        if bytes <= 2 * Limits.walPagesAtMost * 4096 {
            return Finding(
                "log", .well,
                "\(bytes / 1024) KiB of the write-ahead log are not yet copied into the file")
        }
        return Finding(
            "log", .look,
            "\(bytes >> 20) MiB of the write-ahead log are not yet copied into the file",
            toDo: "find the long-running reader: fuser \(path); then record an entry")
    }

    private func lock() -> Examination.Finding {
        let file = Opening.lockPath(of: path)
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return Finding("lock", .well, "nothing was written yet") }
            return Finding(
                "lock", .bad, "\(file): \(String(cString: strerror(errno)))",
                toDo: "ask its owner for access")
        }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 {
            flock(descriptor, LOCK_UN)
            return Finding("lock", .well, "no process is writing")
        }
        let who = holder(of: file).map { "process \($0)" } ?? "another process"
        return Finding(
            "lock", .look, "\(who) is writing",
            toDo: "wait; if it does not end, find the process: fuser -v \(file)")
    }

    /// The process that holds a lock on a file, from proc(5) `/proc/locks`.
    private func holder(of file: String) -> String? {
        guard let inode = status(file)?.st_ino,
            let locks = try? String(contentsOfFile: "/proc/locks", encoding: .utf8)
        else { return nil }
        for line in locks.parts(separator: "\n") where line.holds(":\(inode) ") {
            let words = line.parts(separator: " ")
            if words.count > 4, words[1] == "FLOCK" { return String(words[4]) }
        }
        return nil
    }

    // MARK: Permissions

    private func permissions() -> [Examination.Finding] {
        var findings: [Examination.Finding] = []
        let folder = URL(filePath: path).deletingLastPathComponent().path
        for file in [path, path + ".key"] {
            guard let status = status(file), status.st_mode & 0o077 != 0 else { continue }
            findings.append(
                Finding(
                    "permissions", .look,
                    "\(file) is open to others (\(String(status.st_mode & 0o777, radix: 8)))",
                    toDo: "chmod 600 \(file)"))
        }
        if let status = status(folder), status.st_mode & 0o022 != 0, status.st_mode & 0o1000 == 0 {
            findings.append(
                Finding(
                    "permissions", .look, "other users can replace the file (\(folder))",
                    toDo: "chmod go-w \(folder)"))
        }
        if access(path, W_OK) != 0 || access(folder, W_OK) != 0 {
            findings.append(
                Finding(
                    "permissions", .look, "you have read access only",
                    toDo: "to record entries, run as its owner: ls -l \(path)"))
        }
        return findings.isEmpty
            ? [Finding("permissions", .well, "only its owner has access; you can write")] : findings
    }

    // MARK: Disk

    /// File systems on which locks and syncs depend on another machine.
    private static let remote = ["nfs", "cifs", "smb", "fuse", "9p", "ceph", "gluster", "afs"]
    /// Minimum free space in bytes: a full log and a reserve.
    private static let least = 256 << 20

    private func disk() -> Examination.Finding {
        var room = statvfs()
        let folder = URL(filePath: path).deletingLastPathComponent().path
        guard statvfs(folder, &room) == 0 else {
            return Finding(
                "disk", .look, "it cannot be checked: \(String(cString: strerror(errno)))")
        }
        if let kind = kind(of: folder), Self.remote.contains(where: { kind.begins(with: $0) }) {
            return Finding(
                "disk", .look, "it is on \(kind), where locks and syncs are not reliable",
                toDo: "move the ledger to a local disk")
        }
        if room.f_flag & UInt(ST_RDONLY) != 0 {
            return Finding(
                "disk", .bad, "it is mounted read-only",
                toDo: "check dmesg: the kernel mounts a failed disk read-only")
        }
        let free = Int(room.f_bavail) * Int(room.f_frsize)
        let wanted = max(Self.least, Int(status(path)?.st_size ?? 0))
        if free < wanted {
            return Finding(
                "disk", .look, "only \(free >> 20) MiB are free",
                toDo: "free space: checkpoint, backup and redaction need \(wanted >> 20) MiB")
        }
        return Finding("disk", .well, "\(free >> 20) MiB are free")
    }

    /// The file system type of a folder, from proc(5) `/proc/self/mounts`.
    private func kind(of folder: String) -> String? {
        guard let real = realpath(folder, nil) else { return nil }
        defer { free(real) }
        let place = String(cString: real) + "/"
        let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        var best: (point: String, kind: String)?
        for line in mounts.parts(separator: "\n") {
            let words: [String] = line.parts(separator: " ").map(String.init)
            guard words.count > 2 else { continue }
            let point = words[1] == "/" ? "/" : words[1] + "/"
            if place.begins(with: point), point.count >= best?.point.count ?? 0 {
                best = (point, words[2])
            }
        }
        return best?.kind
    }

    // MARK: Rests

    /// Temporary files of killed processes: beside the ledger, beside its copies, and in the folder
    /// where `ledger` copies a ledger that it may only read.
    private func rests() -> Examination.Finding? {
        let drafts = [path] + KnownCopies(of: path).all().map(\.file)
        let beside = drafts.flatMap { file in
            let place = URL(filePath: file)
            return Self.left(in: place.deletingLastPathComponent()) { name in
                guard name.begins(with: place.lastPathComponent) else { return nil }
                let marks = [".new-", ".restored-"].filter { name.contains($0) }
                return marks.first.flatMap { name.parts(separator: $0).last.map(String.init) }
            }
        }
        let read = Self.left(in: URL(filePath: temporary)) { name in
            name.begins(with: Opening.copyName)
                ? String(name.dropFirst(Opening.copyName.count)) : nil
        }.filter { status($0)?.st_uid == getuid() }
        let left = Set(beside + read).sorted()
        if left.isEmpty { return nil }
        return Finding(
            "rests", .look,
            "killed processes left files with ledger content: "
                + left.joined(separator: ", "),
            toDo: "rm -r \(left.map { "'\($0)'" }.joined(separator: " "))")
    }

    /// The files in a folder that belong to an ended process. `process` extracts the process id
    /// from a file name.
    private static func left(in folder: URL, _ process: (String) -> String?) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { name in
            let number = process(name)?.prefix(while: \.isNumber)
            return number.flatMap { Int32($0) }.map { kill($0, 0) != 0 && errno == ESRCH } ?? false
        }.map { folder.appending(path: $0).path }
    }

    private func copies() -> Examination.Finding? {
        let all = KnownCopies(of: path).all().filter { !$0.isAside }
        let there = all.filter { ($0.isThere ? status($0.file)?.st_size : 0) ?? 0 > 0 }
        if all.isEmpty {
            return Finding(
                "backups", .look, "no backup was made on this machine", toDo: "ledger backup FILE")
        }
        if there.isEmpty {
            return Finding(
                "backups", .look, "all \(all.count) backups are missing from their original paths",
                toDo: "check that they are stored elsewhere, or run: ledger backup FILE")
        }
        return Finding("backups", .well, "\(there.count) are still where they were made")
    }
}
