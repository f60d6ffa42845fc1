internal import ArgumentParser
internal import CommandPorts
internal import FoundationEssentials
internal import Ledger
internal import LedgerHome
internal import LedgerOperations
internal import LedgerText

/// `ledger login`
struct LoginVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Sign in to a server with your SSH key",
        discussion: """
            The key signs a statement that names the server and is valid for a minute. The session \
            lasts 12 hours. Its token is kept in a file that only you can read, in memory where the \
            machine has such a folder (XDG_RUNTIME_DIR).

            A new server prints a code that makes you its first administrator.

            Example: ledger login https://ledger.example.com
            Example: ledger login http://localhost:8484 --code 3f1c… --name alice
            """)
    @Argument(help: "The server's address. Default: --server or LEDGER_SERVER.")
    var address: String?
    @Option(
        help:
            "Sign with this key: a key file, or the .pub file of a key in an SSH agent. Default: ~/.ssh/id_ed25519, and its other names."
    )
    var key: String?
    @Option(help: "The code of a new server.")
    var code: String?
    @Option(help: "With --code: your name.")
    var name: String?
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if (code == nil) != (name == nil) {
            throw ValidationError("--code and --name belong together: give both")
        }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        let server = try RemoteLedger(
            try wiring.serverAddress(address), transport: wiring.transport, token: nil)
        let challenge: Login.Challenge = try await server.post(
            "login/challenge", JSONValue.object([:]))
        let statement = LoginStatement(
            server: server.address, nonce: challenge.nonce,
            expires: wiring.now.adding(seconds: LoginStatement.seconds))
        let signature = try await wiring.loginSigner.sign(
            statement.text, key: try keyFile(wiring.variables))
        let session: Login.Session = try await server.post(
            "login",
            Login.Request(
                statement: statement.text, signature: signature, code: code, name: name))
        try SessionFiles(variables: wiring.variables).keep(session.token, for: server.address)
        return Answer(
            [
                .line("You are \(session.person) at \(server.address)."),
                .hint("To use it", command: "export LEDGER_SERVER=\(shell: server.address)"),
            ],
            json: .object([
                "server": .string(server.address), "person": .string(session.person),
                "ends": try JSONValue(encoding: session.ends),
            ]))
    }

    /// The key that was named, or the first that ssh itself would use.
    private func keyFile(_ variables: [String: String]) throws -> String {
        if let key { return key }
        let folder = (variables["HOME"] ?? "") + "/.ssh"
        let names = ["id_ed25519", "id_ecdsa", "id_ed25519_sk", "id_ecdsa_sk", "id_rsa"]
        for name in names where FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
            return "\(folder)/\(name)"
        }
        throw Refusal(
            .notPossible, "there is no SSH key in \(folder)",
            hint: "name one with --key, or make one: ssh-keygen -t ed25519")
    }
}

/// `ledger logout`
struct LogoutVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "End the session at a server")
    @Argument(help: "The server's address. Default: --server or LEDGER_SERVER.")
    var address: String?
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let files = SessionFiles(variables: wiring.variables)
        let bare = try RemoteLedger(
            try wiring.serverAddress(address), transport: wiring.transport, token: nil)
        guard let token = files.token(for: bare.address) else {
            return Answer([.line("No session at \(bare.address) is open.")], json: .object([:]))
        }
        let server = try RemoteLedger(bare.address, transport: wiring.transport, token: token)
        files.remove(server.address)
        let _: JSONValue = try await server.post("logout", JSONValue.object([:]))
        return Answer([.line("The session at \(server.address) has ended.")], json: .object([:]))
    }
}

extension Wiring {
    /// The server that is named, as an argument or otherwise.
    fileprivate func serverAddress(_ argument: String?) throws -> String {
        if let address = argument ?? options.server { return address }
        throw Refusal(
            .invalid, "no server is named",
            hint: Hint("name it", run: "ledger login https://…"))
    }
}
