internal import CommandPorts
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerText

/// Where a person's open sessions are: one file for each server, which only they can read. On most
/// machines it is in memory (`XDG_RUNTIME_DIR`), and gone when they log out.
public struct SessionFiles: Sendable {
    private let folder: String

    public init(variables: [String: String]) {
        func variable(_ name: String) -> String? {
            variables[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        let home = variable("HOME") ?? "/nonexistent"
        folder =
            (variable("XDG_RUNTIME_DIR") ?? variable("XDG_STATE_HOME") ?? "\(home)/.local/state")
            + "/ledger/sessions"
    }

    private func path(_ address: String) -> String {
        "\(folder)/\(Percent.encoded(address, keeping: ""))"
    }

    /// The token of the session at a server; `nil` if there is none.
    public func token(for address: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path(address)) else { return nil }
        let text = String(decoding: data, as: UTF8.self).trimmed
        return text.isEmpty ? nil : text
    }

    /// Keeps a token; throws `Refusal` if it cannot.
    public func keep(_ token: String, for address: String) throws {
        let draft = path(address) + ".new-\(getpid())"
        defer { unlink(draft) }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch { throw unkept(error.systemWords) }
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw unkept(String(cString: strerror(errno))) }
        let bytes = Array((token + "\n").utf8)
        let isWritten = write(file, bytes, bytes.count) == bytes.count
        close(file)
        guard isWritten, rename(draft, path(address)) == 0 else {
            throw unkept(String(cString: strerror(errno)))
        }
    }

    /// Removes the token of a server.
    public func remove(_ address: String) { unlink(path(address)) }

    private func unkept(_ cause: String) -> Refusal {
        Refusal(
            .notPossible, "the session cannot be kept", cause: "\(folder): \(cause)",
            hint: "set XDG_RUNTIME_DIR to a folder of your own, or pass LEDGER_TOKEN")
    }
}
