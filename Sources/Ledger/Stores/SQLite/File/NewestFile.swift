internal import Foundation
internal import Ledger
internal import LedgerProof
internal import LedgerText

/// A small file beside the ledger that remembers how far it had come: a file that is older, or
/// another, is not appended to.
///
/// It holds one line of fixed length, `size root`, written over after each commit. It is not
/// synced: the entries are on disk before it, so after a power cut it may lag behind them, and is
/// never ahead.
final class NewestFile {
    private let descriptor: Int32
    private let path: String
    private static let digits = 20
    private static let length = digits + 1 + 64 + 1

    /// Opens or makes it (0600). Where it cannot be, nothing is remembered: it guards, and must
    /// not hinder.
    init(path: String) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    static func path(of ledger: String) -> String { ledger + ".newest" }

    /// Remembers a tree that was committed.
    func keep(_ tree: Tree) {
        let size = String(tree.size)
        let line =
            String(repeating: " ", count: Self.digits - size.count) + "\(size) \(tree.root)\n"
        _ = line.withCString { pwrite(descriptor, $0, Self.length, 0) }
    }

    /// The tree that was committed last; `nil` if nothing is remembered, or it cannot be read.
    func newest() -> (size: Int, root: String)? { Self.read(descriptor) }

    /// The same of a file that is not made if it is not there.
    static func newest(at path: String) -> (size: Int, root: String)? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        return read(descriptor)
    }

    private static func read(_ descriptor: Int32) -> (size: Int, root: String)? {
        var bytes = [UInt8](repeating: 0, count: length)
        guard pread(descriptor, &bytes, length, 0) == length,
            let line = String(validating: bytes, as: UTF8.self)
        else { return nil }
        let words = line.words
        guard words.count == 2, let size = Int(words[0]), size > 0 else { return nil }
        return (size, String(words[1]))
    }

    /// Throws `StoreProblem` if the ledger of `head` entries does not go on from what is
    /// remembered.
    func refuseOlder(head: Int, rootOver: (Int) throws -> TreeHash) throws {
        guard let newest = newest() else { return }
        let isOlder = head < newest.size
        if !isOlder, try rootOver(newest.size).description == newest.root { return }
        throw StoreProblem(
            .damaged,
            isOlder
                ? "the ledger is older than it was: nothing is added to it"
                : "the ledger is not the one that it was: nothing is added to it",
            cause: isOlder
                ? "it ends at entry \(head), and ended at \(newest.size) (\(path))"
                : "its first \(newest.size) entries have another root than is remembered in \(path)",
            hint: "put the right file back, with its -wal. If it is lost for good, remove \(path): "
                + "who holds a checkpoint of what is lost can tell that it is")
    }
}
