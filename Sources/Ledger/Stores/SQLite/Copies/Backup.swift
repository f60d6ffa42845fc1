internal import FoundationEssentials
internal import Glibc
public import Ledger

extension SQLiteStore {
    /// Copies a consistent snapshot of the ledger to a new file (mode 0600) while other processes
    /// append. The copy is opened and verified before it gets its final name.
    ///
    /// Throws `StoreProblem`: `.input` if the file exists, `.readOnly` if it cannot be created,
    /// `.damaged` if the copy does not verify. In the last case no file remains.
    public func backup(to path: String) throws -> Verification {
        let made = try copy(to: path)
        KnownCopies(of: self.path).add(path, entries: made.entries)
        return made
    }

    func copy(to path: String) throws -> Verification {
        do { return try Backup(reader: reader, views: views).copy(to: path) } catch {
            throw StoreProblem.from(error, path: path)
        }
    }
}

private struct Backup {
    let reader: Connection
    let views: [any StoredView]

    func copy(to path: String) throws -> Verification {
        if FileManager.default.fileExists(atPath: path) {
            throw StoreProblem(
                .input, "\(path) already exists; backups are never overwritten",
                hint: "choose another file name, for example one with the date")
        }
        let draft = try Opening.draft(of: "backup", at: path)
        defer { for end in ["", "-wal", "-shm"] { unlink(draft + end) } }
        // The copy is one step, so all pages are consistent; the WAL lets others write meanwhile.
        let target = try Connection(path: draft)
        try reader.backup(to: target)
        try target.close()
        let verified = try verified(draft)
        try Opening.synchronize(draft)
        guard link(draft, path) == 0 else {
            throw StoreProblem(
                .readOnly, "the backup could not be renamed to its final name",
                cause: "\(path): \(String(cString: strerror(errno)))",
                hint: "if another process created the file, choose another name")
        }
        try Opening.synchronize(URL(filePath: path).deletingLastPathComponent().path)
        return verified
    }

    /// Verifies what a restore of the copy would give; throws `StoreProblem` if it is not an intact
    /// ledger.
    private func verified(_ path: String) throws -> Verification {
        let store = try SQLiteStore(path: path, .reading, views: views)
        defer { try? store.close() }
        let result = try store.verify()
        guard let bad = result.findings.first else { return result }
        throw StoreProblem(
            .damaged, "no backup was kept: the copy does not verify",
            cause: "\(bad)", hint: "the ledger itself is damaged; run `ledger verify`")
    }
}
