public import CommandPorts
internal import Glibc
internal import LedgerText

/// Builds the ssh command lines for hosts: the system's ssh, with its own configuration, agent and
/// known hosts.
public struct SSHLine: Hashable, Sendable {
    /// A configuration file that replaces the person's own (ssh_config(5)); `nil`: the person's own
    /// file.
    let configuration: String?
    /// The folder of the shared connections' sockets; `nil`: each call opens its own connection.
    let sockets: String?

    public init(configuration: String?, sockets: String?) {
        self.configuration = configuration
        self.sockets = sockets
    }

    /// Maximum length of the socket folder's path: a socket path may have 108 bytes (unix(7)), and
    /// ssh adds 60.
    static let longestFolder = 44

    /// The folder of shared connections: the first folder with a short enough path that only this
    /// person can access. In any other folder, another user could intercept connections. `nil` if
    /// no folder qualifies: then connections are not shared.
    public static func sockets(
        _ variables: [String: String], isUsable: (String) -> Bool = Self.becomesOurs
    ) -> String? {
        let temporary = [variables["TMPDIR"], "/tmp"].compactMap(\.self).map { folder in
            "\(folder.ends(with: "/") ? String(folder.dropLast()) : folder)/ledger-ssh-\(getuid())"
        }
        let folders =
            [variables["XDG_RUNTIME_DIR"].map { "\($0)/ledger-ssh" }].compactMap(\.self)
            + temporary + [variables["HOME"].map { "\($0)/.ssh/ledger" }].compactMap(\.self)
        return folders.first { $0.utf8.count <= longestFolder && isUsable($0) }
    }

    /// Creates the folder if it is missing; returns whether only this person can access it.
    public static func becomesOurs(_ folder: String) -> Bool {
        mkdir(folder, 0o700)
        var status = stat()
        return lstat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            && status.st_uid == getuid() && status.st_mode & 0o077 == 0
    }

    /// Timeout in seconds to open a connection.
    public static let connectSeconds = 5
    /// Interval in seconds of keep-alive messages; a silent connection is closed after 3 intervals.
    static let aliveInterval = 4

    /// The arguments with which ssh runs our host script with a verb and its arguments.
    ///
    /// Host key checks are always on: a host that is not in known_hosts is refused, whatever the
    /// configuration says. All calls to a host share one connection.
    public func arguments(
        to server: Server, _ verb: String, _ arguments: [String]
    ) -> [String] {
        var line: [String] = []
        if let configuration { line += ["-F", configuration] }
        let options = [
            "BatchMode=yes", "StrictHostKeyChecking=yes",
            "ConnectTimeout=\(Self.connectSeconds)", "ServerAliveInterval=\(Self.aliveInterval)",
            "ServerAliveCountMax=3", "ForwardX11=no", "LogLevel=ERROR",
        ]
        let shared =
            sockets.map { ["ControlMaster=auto", "ControlPath=\($0)/%C", "ControlPersist=60"] }
            ?? ["ControlMaster=no", "ControlPath=none"]
        line += (options + shared).flatMap { ["-o", $0] }
        let far = ["sh", "-c", FarEnd.script, "ledger", verb] + arguments
        return line + ["-T", "--", server.ssh, far.map(Quote.shellWord).joined(separator: " ")]
    }
}

/// The protocol of the far end.
enum FarEnd {
    static let script = String(decoding: PackageResources.host_sh, as: UTF8.self)

    /// An answer of the far end.
    enum Answer: Hashable {
        case ended(StepResult.Ending, size: Int)
        case running, never, unknown
        case overtaken(by: String)
        case failed(String)
        case place(isWhole: Bool, folder: String)
        case ok
    }

    /// The answer in the far end's output, and the output after it. `nil` if there is no answer,
    /// because the connection failed or was lost. Output of a login script before the answer is
    /// skipped.
    static func read(_ output: String) -> (Answer, rest: Substring)? {
        var rest = output[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != "\n" }
            rest = rest.dropFirst(line.count).dropFirst()
            if line == "ledger contact" || !line.begins(with: "ledger ") { continue }
            return answer(line.parts(separator: " ").dropFirst().map(String.init)).map {
                ($0, rest)
            }
        }
        return nil
    }

    /// The last line that a step printed, if this line of the host's error output carries it;
    /// otherwise `nil`.
    static func said(_ line: String) -> String? {
        let word = "ledger says "
        return line.begins(with: word) ? String(line.dropFirst(word.count)) : nil
    }

    /// Whether the host was reached, whatever happened afterwards.
    static func wasReached(_ output: String) -> Bool {
        output.begins(with: "ledger ") || output.holds("\nledger ")
    }

    private static func answer(_ words: [String]) -> Answer? {
        let text = words.dropFirst().joined(separator: " ")
        switch (words.first, words.count) {
        case ("ended", 3): return .ended(.timedOut, size: Int(words[2]) ?? 0)
        case ("ended", 4):
            let code = Int(words[2]) ?? 0
            return .ended(
                words[1] == "killed" ? .killed(signal: code) : .exited(code),
                size: Int(words[3]) ?? 0)
        case ("running", _): return .running
        case ("never", _): return .never
        case ("unknown", _): return .unknown
        case ("overtaken", _): return .overtaken(by: text)
        case ("failed", _): return .failed(text)
        case ("place", 3...):
            return .place(
                isWhole: words[1] == "yes", folder: words.dropFirst(2).joined(separator: " "))
        case ("ok", _): return .ok
        default: return nil
        }
    }
}
