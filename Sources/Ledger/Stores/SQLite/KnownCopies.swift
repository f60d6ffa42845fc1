internal import Foundation

/// A copy of a ledger that was made on this machine.
public struct KnownCopy: Sendable, Hashable {
    public let file: String
    /// How many entries it has.
    public let entries: Int
    /// Whether it is still where it was made.
    public var isThere: Bool { FileManager.default.fileExists(atPath: file) }
    /// Whether a restore has moved it aside: no backup.
    var isAside: Bool { file.contains(".aside") }
}

extension SQLiteStore {
    /// The copies that hold an entry as it was before a decision was recorded about it.
    public func copies(holding sequence: Int, before decision: Int) -> [KnownCopy] {
        KnownCopies(of: path).all().filter { $0.entries >= sequence && $0.entries < decision }
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
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, let entries = Int(parts[0]) else { continue }
            copies[String(parts[1])] = entries
        }
        return copies.sorted { $0.key < $1.key }.map { KnownCopy(file: $0.key, entries: $0.value) }
    }
}
