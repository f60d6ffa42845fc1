internal import Foundation
internal import GRDB
internal import Ledger

extension SQLiteStore {
    /// Copies the ledger, as it is at one moment, to a new file (mode 0600), while others append;
    /// the copy is opened and verified before it takes its name.
    ///
    /// Throws `StoreProblem`: `.input` if there is a file, `.readOnly` if none can be made,
    /// `.damaged` if the copy does not verify, in which case no file is left.
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
    let reader: DatabaseQueue
    let views: [any StoredView]

    func copy(to path: String) throws -> Verification {
        if FileManager.default.fileExists(atPath: path) {
            throw StoreProblem(
                .input, "\(path) exists already: no backup is written over",
                hint: "name another file, for instance with the date in it")
        }
        let draft = try Opening.draft(of: "backup", at: path)
        defer { for end in ["", "-wal", "-shm"] { unlink(draft + end) } }
        // One step: all pages are of one moment, and the log lets others write meanwhile.
        let target = try DatabaseQueue(path: draft)
        try reader.backup(to: target)
        try target.close()
        let verified = try verified(draft)
        try Opening.synchronize(draft)
        guard link(draft, path) == 0 else {
            throw StoreProblem(
                .readOnly, "the backup cannot take its name",
                cause: "\(path): \(String(cString: strerror(errno)))",
                hint: "if somebody else made it at this moment, name another")
        }
        try Opening.synchronize(URL(filePath: path).deletingLastPathComponent().path)
        return verified
    }

    /// What restoring the copy would give; throws `StoreProblem` if that is not a whole ledger.
    private func verified(_ path: String) throws -> Verification {
        let store = try SQLiteStore(path: path, .reading, views: views)
        defer { try? store.close() }
        let result = try store.verify()
        guard let bad = result.findings.first else { return result }
        throw StoreProblem(
            .damaged, "nothing was kept: the copy is not as the entries were written",
            cause: "\(bad)", hint: "the ledger itself is damaged: look with `ledger verify`")
    }
}
