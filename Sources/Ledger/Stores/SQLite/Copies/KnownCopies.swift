internal import FoundationEssentials
internal import Glibc
public import Ledger
internal import LedgerText

extension KnownCopy {
    /// Whether a restore moved the file aside; it is then not a backup.
    var isAside: Bool { file.holds(".aside") }

    /// The payloads of an entry in the copy: one or none; `nil` if the copy cannot be read.
    fileprivate func payloads(of id: EntryID) -> [String]? {
        var status = stat()
        guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let database = try? Opening.reading(path: file)
        else { return nil }
        defer { try? database.close() }
        return try? database.read { database in
            let row = RowAccess(
                try database.statement("SELECT payload FROM entry WHERE id = ?"))
            row.bind(id, at: 1)
            return try row.next() ? [row.text(0) ?? ""] : []
        }
    }
}

extension SQLiteStore {
    /// The copies that contain an entry with bytes that were redacted since. Each copy is read. For
    /// an unreadable copy only its number of entries is known.
    public func copies(holding entry: Entry) -> [KnownCopy] {
        KnownCopies(of: path).all().filter { copy in
            guard let there = copy.payloads(of: entry.id) else {
                return copy.entries >= entry.sequence
            }
            return there.contains { $0 != entry.draft.payload }
        }
    }
}

/// The list, beside the ledger, of its backups and of files that a restore moved aside. Redacted
/// bytes of the ledger are still in them.
///
/// Each line contains the number of entries and the path of a copy.
struct KnownCopies {
    private let path: String

    init(of ledger: String) { path = ledger + ".copies" }

    /// Adds a copy. A failed write is ignored: the list is helpful, but must not block a backup.
    func add(_ file: String, entries: Int) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        let line = "\(entries) \(URL(filePath: file).standardizedFileURL.path)\n"
        _ = line.withCString { write(descriptor, $0, strlen($0)) }
        close(descriptor)
    }

    /// All recorded copies, each once, by its last line.
    func all() -> [KnownCopy] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        var copies: [String: Int] = [:]
        for line in text.parts(separator: "\n") {
            let parts = line.parts(separator: " ", maxSplits: 1)
            guard parts.count == 2, let entries = Int(parts[0]) else { continue }
            copies[String(parts[1])] = entries
        }
        return copies.sorted { $0.key < $1.key }.map {
            KnownCopy(
                file: $0.key, entries: $0.value,
                isThere: FileManager.default.fileExists(atPath: $0.key))
        }
    }
}
