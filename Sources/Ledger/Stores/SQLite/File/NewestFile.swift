internal import Glibc
internal import Ledger
internal import LedgerProof
internal import LedgerText

/// A small file beside the ledger that stores the last committed tree. A ledger that is older, or a
/// different one, is not appended to.
///
/// It contains one line of fixed length, `size root`, overwritten after each commit. The file is
/// not synced. The entries are on disk before it, so after a power failure it may be behind them,
/// but never ahead.
final class NewestFile {
    private let descriptor: Int32
    private let path: String
    private static let digits = 20
    private static let length = digits + 1 + 64 + 1

    /// Opens or creates it (mode 0600). On failure nothing is stored: the file is a safeguard and
    /// must not block appends.
    init(path: String) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    static func path(of ledger: String) -> String { ledger + ".newest" }

    /// Stores a committed tree.
    func keep(_ tree: Tree) {
        var line = [UInt8](repeating: UInt8(ascii: " "), count: Self.digits + 1)
        line.reserveCapacity(Self.length)
        var (rest, place) = (tree.size, Self.digits)
        repeat {
            place -= 1
            line[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        tree.root.withUnsafeBytes { Hex.append($0, to: &line) }
        line.append(UInt8(ascii: "\n"))
        _ = pwrite(descriptor, line, Self.length, 0)
    }

    /// The last committed tree; `nil` if the file is missing or unreadable.
    func newest() -> (size: Int, root: String)? { Self.read(descriptor) }

    /// The last committed tree in a file, which is not created if it is missing.
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

    /// Throws `StoreProblem` if the ledger of `head` entries does not extend the stored tree.
    func refuseOlder(head: Int, rootOver: (Int) throws -> TreeHash) throws {
        guard let newest = newest() else { return }
        let isOlder = head < newest.size
        if !isOlder, try rootOver(newest.size).description == newest.root { return }
        throw StoreProblem(
            .damaged,
            isOlder
                ? "the ledger is older than its last known state; nothing was appended"
                : "the ledger differs from its last known state; nothing was appended",
            cause: isOlder
                ? "it has \(head) entries, but had \(newest.size) (\(path))"
                : "the root of its first \(newest.size) entries differs from the root in \(path)",
            hint: "restore the right file, with its -wal. If it is lost, remove \(path): "
                + "a holder of a later checkpoint can still prove the loss")
    }
}
