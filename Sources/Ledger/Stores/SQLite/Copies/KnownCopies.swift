internal import Foundation
internal import GRDB
public import Ledger
internal import LedgerText

/// A copy of a ledger that was made on this machine.
public struct KnownCopy: Sendable, Hashable {
    public let file: String
    /// How many entries it has.
    public let entries: Int
    /// Whether it is still where it was made.
    public var isThere: Bool { FileManager.default.fileExists(atPath: file) }
    /// Whether a restore has moved it aside: no backup.
    var isAside: Bool { file.holds(".aside") }

    /// The payloads there of the entry of an id: one or none; `nil` if it cannot be read.
    fileprivate func payloads(of id: EntryID) -> [String]? {
        var status = stat()
        guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let database = try? Opening.reading(path: file)
        else { return nil }
        defer { try? database.close() }
        return try? database.read { database in
            let row = RowAccess(
                try database.makeStatement(sql: "SELECT payload FROM entry WHERE id = ?"))
            row.bind(id, at: 1)
            return try row.next(database) ? [row.text(0) ?? ""] : []
        }
    }
}

extension SQLiteStore {
    /// The copies that hold an entry otherwise than it is: with bytes that were taken out of it
    /// since. Each is looked into; of one that cannot be, only how many entries it has is known.
    public func copies(holding entry: Entry) -> [KnownCopy] {
        KnownCopies(of: path).all().filter { copy in
            guard let there = copy.payloads(of: entry.id) else {
                return copy.entries >= entry.sequence
            }
            return there.contains { $0 != entry.draft.payload }
        }
    }
}

/// The list, beside the ledger, of the backups that were made of it and of the files that a restore
/// has moved aside: what is taken out of the ledger is still in them.
///
/// A line holds how many entries the copy has, and its path.
struct KnownCopies {
    private let path: String

    init(of ledger: String) { path = ledger + ".copies" }

    /// Adds a copy. Where that cannot be written, nothing is remembered: it helps, and must not
    /// hinder.
    func add(_ file: String, entries: Int) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        let line = "\(entries) \(URL(filePath: file).standardizedFileURL.path)\n"
        _ = line.withCString { write(descriptor, $0, strlen($0)) }
        close(descriptor)
    }

    /// All copies that were noted, each once, by its last note.
    func all() -> [KnownCopy] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        var copies: [String: Int] = [:]
        for line in text.parts(separator: "\n") {
            let parts = line.parts(separator: " ", maxSplits: 1)
            guard parts.count == 2, let entries = Int(parts[0]) else { continue }
            copies[String(parts[1])] = entries
        }
        return copies.sorted { $0.key < $1.key }.map { KnownCopy(file: $0.key, entries: $0.value) }
    }
}
