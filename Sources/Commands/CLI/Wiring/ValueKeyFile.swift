internal import CommandSecrets
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerText

/// `value.key`, beside the ledger.
extension Wiring {
    private func valueKeyFile() throws -> String {
        try home().appending(path: "value.key").path
    }

    /// The key with which values are hashed: 32 random bytes in a file beside the ledger, created
    /// at first use (mode 0600).
    func valueKey() throws -> ValueKey {
        if let key = try keptValueKey() { return key }
        let path = try valueKeyFile()
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
        // Two processes may create it at the same time: the file gets its name only once, when it
        // is complete.
        let draft = "\(path).new-\(getpid())"
        defer { unlink(draft) }
        let made = FileManager.default.createFile(
            atPath: draft, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
        if made, link(draft, path) == 0 { return ValueKey(bytes: bytes) }
        let why = errno
        if made, why == EEXIST, let key = try keptValueKey() { return key }
        throw StoreProblem(
            .readOnly, "the key for values cannot be written",
            cause: "\(path): \(String(cString: strerror(why)))",
            hint: "check the owner of the folder, and the free space on the disk")
    }

    /// The present key; `nil` if the file does not exist. Throws `StoreProblem` if it cannot be
    /// read, or is not a key.
    func keptValueKey() throws -> ValueKey? {
        let path = try valueKeyFile()
        guard access(path, F_OK) == 0 else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw StoreProblem(
                .readOnly, "the key for values cannot be read",
                cause: "\(path): permission denied, or not a file",
                hint: Hint(
                    "make the user that runs ledger its owner",
                    run: Quote.shellLine(["sudo", "chown", "--reference", ".", path])))
        }
        if data.count == 32 { return ValueKey(bytes: Array(data)) }
        throw StoreProblem(
            .input, "\(path) is not a key", cause: "it has \(data.count) bytes, not 32",
            hint: "restore the right key; without it, changes of values cannot be detected")
    }
}
