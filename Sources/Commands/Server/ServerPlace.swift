internal import CommandFiles
internal import CommandPorts
internal import Crypto
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerHome
internal import LedgerText

/// What the command line and the variables say.
struct ServerOptions: Sendable {
    var settingsFile = "ledgerd.yaml"
    var listen: String?
    var ledger: String?
    var wantsHelp = false

    static let help = """
        ledgerd: serves the ledger of the current folder to a team, over HTTP.

        USAGE: ledgerd [--config FILE] [--listen ADDRESS:PORT] [--ledger FILE]

        --config FILE    The settings. Default: ledgerd.yaml (LEDGERD_CONFIG)
        --listen …       Default: 127.0.0.1:8484, or the settings (LEDGERD_LISTEN)
        --ledger FILE    Default: .ledger/ledger.db, or the settings (LEDGERD_LEDGER)

        In a folder without a ledger it creates one.
        """

    /// Throws `Refusal` for a word that it does not know.
    init(_ words: [String], _ variables: [String: String]) throws {
        settingsFile = variables["LEDGERD_CONFIG"] ?? settingsFile
        listen = variables["LEDGERD_LISTEN"]
        ledger = variables["LEDGERD_LEDGER"]
        var rest = words[...]
        while let word = rest.popFirst() {
            if ["--help", "-h"].contains(word) {
                wantsHelp = true
                continue
            }
            let parts = word.parts(separator: "=", maxSplits: 1).map(String.init)
            guard ["--config", "--listen", "--ledger"].contains(parts[0]) else {
                throw Refusal(
                    .invalid, "unknown word \"\(word)\"",
                    hint: nearest(to: parts[0], among: ["--config", "--listen", "--ledger"]).map {
                        "did you mean \($0)?"
                    } ?? Hint("see", run: "ledgerd --help"))
            }
            guard let value = parts.count > 1 ? parts[1] : rest.popFirst() else {
                throw Refusal(.invalid, "\(word) needs a value", hint: "see ledgerd --help")
            }
            switch parts[0] {
            case "--config": settingsFile = value
            case "--listen": listen = value
            default: ledger = value
            }
        }
    }
}

/// The files of a server.
struct ServerPlace: Sendable {
    let settingsFile: String
    let settings: Settings
    /// Whether nobody can sign in yet.
    private let isNew: Bool
    private let path: String

    /// Reads the settings; throws `SourceProblem` or `Refusal`.
    init(_ options: ServerOptions) throws {
        settingsFile =
            options.settingsFile.begins(with: "/")
            ? options.settingsFile
            : URL(filePath: FileManager.default.currentDirectoryPath)
                .appending(path: options.settingsFile).path
        let data = FileManager.default.contents(atPath: settingsFile)
        var settings = Settings()
        if let data {
            settings = try Settings(
                yaml: String(decoding: data, as: UTF8.self), file: options.settingsFile)
        }
        if let listen = options.listen { try settings.listen(at: listen) }
        if let ledger = options.ledger { settings.ledger = ledger }
        isNew = data == nil
        self.settings = settings
        path =
            settings.ledger.begins(with: "/")
            ? settings.ledger
            : URL(filePath: settingsFile).deletingLastPathComponent()
                .appending(path: settings.ledger).path
    }

    /// Opens the ledger; creates it if there is none.
    func open(_ heard: @escaping @Sendable (String) -> Void) async throws -> any KeptLedger {
        if FileManager.default.fileExists(atPath: path) {
            return try await Stores.openSigning(path, heard: heard)
        }
        let home = URL(filePath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(
                at: home, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreProblem(
                .readOnly, "the ledger cannot be created",
                cause: "\(home.path): \(error.systemWords)",
                hint: "check the owner of the parent folder")
        }
        try Stores.create(at: path)
        let key = LedgerKey.secret(try SigningKey(name: CheckpointKey.name(for: home)))
        try CheckpointKey(besides: path).keep(key)
        return try await Stores.openSigning(path, heard: heard)
    }

    /// The code for the first administrator; `nil` if people can sign in already.
    func setupCode(now: Timestamp) throws -> SetupCode? {
        if !isNew { return nil }
        let bytes = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
        return SetupCode(code: Hex.encode(bytes), now: now)
    }

    /// The file with the command of the first login. It is deleted when the server ends; the code
    /// is of no use after its first use, or after 10 minutes.
    private var setupFile: String { path + ".first-login" }

    func forgetSetup() { unlink(setupFile) }

    /// Tells the person at the terminal how to sign in first. Elsewhere the command goes to a file
    /// that only its owner can read: what a service prints ends in logs.
    func tell(_ setup: SetupCode, _ address: String) {
        let command = "ledger login \(address) --code \(setup.code) --name YOU"
        if isatty(STDERR_FILENO) == 1 {
            return Program.say("Nobody can sign in yet. Within 10 minutes: \(command)")
        }
        let file = setupFile
        unlink(file)
        let descriptor = Glibc.open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        let bytes = Array((command + "\n").utf8)
        guard descriptor >= 0, write(descriptor, bytes, bytes.count) == bytes.count else {
            return Program.say("\(file) cannot be written: \(String(cString: strerror(errno)))")
        }
        close(descriptor)
        Program.say("Nobody can sign in yet. Within 10 minutes: see \(file)")
    }
}
