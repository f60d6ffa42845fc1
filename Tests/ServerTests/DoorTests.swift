import Foundation
import LedgerText
import Support
import Testing

/// The real programs: `ledgerd` on a fresh folder, and `ledger` and `curl` as its clients.
struct DoorTests {
    /// A running server.
    final class Running {
        let sandbox: Sandbox
        let process = Process()
        private(set) var address = ""
        private(set) var code = ""
        private let log: URL

        init(_ sandbox: Sandbox) async throws {
            self.sandbox = sandbox
            log = URL(filePath: sandbox.path("log"))
            try Data().write(to: log)
            process.executableURL = URL(filePath: Shared.product("ledgerd") ?? "ledgerd")
            process.arguments = ["--listen", "127.0.0.1:0"]
            process.currentDirectoryURL = URL(filePath: sandbox.path("."))
            process.standardInput = FileHandle.nullDevice
            process.standardError = try FileHandle(forWritingTo: log)
            try process.run()
            for _ in 0..<200 where address.isEmpty {
                try await Task.sleep(for: .milliseconds(50))
                let said = try String(contentsOf: log, encoding: .utf8)
                if let match = said.firstMatch(of: #/ at (http:\S+)\n/#) {
                    address = String(match.1)
                }
            }
            let file = sandbox.path(".ledger/ledger.db.first-login")
            let command = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            code = command.firstMatch(of: #/--code (\S+)/#).map { String($0.1) } ?? ""
        }

        var said: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

        /// Ends the server as a service manager does.
        func end() async throws -> Int32 {
            process.terminate()
            for _ in 0..<100 where process.isRunning {
                try await Task.sleep(for: .milliseconds(50))
            }
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
            return process.terminationStatus
        }

        deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    }

    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private var variables: [String: String] {
        [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "HOME": sandbox.path("home"), "XDG_RUNTIME_DIR": sandbox.path("run"),
        ]
    }

    private func ledger(_ words: [String], at server: Running) async throws -> Spoken {
        var variables = variables
        variables["LEDGER_SERVER"] = server.address
        return try await Spoken.run(
            [(Shared.product("ledger") ?? "ledger")] + words, in: URL(filePath: sandbox.path(".")),
            variables: variables)
    }

    private func curl(_ words: [String]) async throws -> Spoken {
        try await Spoken.run(["curl", "-s", "-m", "20"] + words)
    }

    /// The walking skeleton: a fresh folder, a first login, a fact, a question, an end.
    @Test func aNewTeamSignsInAndRecords() async throws {
        try await House.makeKey("ann", in: sandbox)
        let server = try await Running(sandbox)
        let signedOut = try await ledger(["status"], at: server)
        #expect(signedOut.code == 3 && signedOut.error.contains("Error: nobody is signed in"))
        let login = try await ledger(
            ["login", "--key", sandbox.path("ann"), "--code", server.code, "--name", "ann"],
            at: server)
        #expect(
            login.code == 0 && login.output == "You are ann at \(server.address).\n", "\(login)")
        let recorded = try await ledger(
            [
                "record", "deploy.finished", "-e", "production", "--service", "web", "--tag",
                "v1.0.0",
            ],
            at: server)
        #expect(recorded.output == "entry 1: deploy.finished production web v1.0.0\n")
        let status = try await ledger(["status"], at: server)
        #expect(status.output.hasPrefix("production\tweb\tv1.0.0\tunverified\t"))
        // The same words as where the file is.
        let here = try await Spoken.run(
            [
                (Shared.product("ledger") ?? "ledger"), "status", "--db",
                sandbox.path(".ledger/ledger.db"),
            ],
            variables: variables)
        #expect(here.output == status.output)
        let again = try await ledger(["login", "--key", sandbox.path("ann")], at: server)
        #expect(again.code == 0)
        let token = try String(contentsOfFile: try tokenFile(), encoding: .utf8)
        let mode = try FileManager.default.attributesOfItem(atPath: try tokenFile())
        #expect(mode[.posixPermissions] as? Int == 0o600)
        #expect(try await ledger(["logout"], at: server).code == 0)
        #expect(try await ledger(["status"], at: server).code == 3)
        #expect(try await server.end() == 0)
        // No token and no code is in what the server says, or beside the ledger.
        let secrets = [token.trimmingCharacters(in: .whitespacesAndNewlines), server.code]
        for secret in secrets { #expect(!server.said.contains(secret)) }
        for file in try FileManager.default.contentsOfDirectory(atPath: sandbox.path(".ledger")) {
            let bytes = try Data(contentsOf: URL(filePath: sandbox.path(".ledger/\(file)")))
            for secret in secrets {
                #expect(bytes.firstRange(of: Data(secret.utf8)) == nil, "\(file)")
            }
        }
    }

    private func tokenFile() throws -> String {
        let folder = sandbox.path("run/ledger/sessions")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        return "\(folder)/\(try #require(files.first))"
    }

    /// What HTTP clients meet: early answers, an end of the connection, and no answer for nobody.
    @Test func strangersAreTurnedAwayEarly() async throws {
        let server = try await Running(sandbox)
        let big = sandbox.path("big")
        try Data(count: 40 << 20).write(to: URL(filePath: big))
        let large = try await curl([
            "-D", "-", "--data-binary", "@\(big)", "-H", "Expect:", "\(server.address)/v1/login",
        ])
        #expect(large.output.contains("HTTP/1.1 413") && large.output.contains("onnection: close"))
        let chunked = try await curl([
            "-D", "-", "--data-binary", "@\(big)", "-H", "Transfer-Encoding: chunked", "-H",
            "Expect:", "\(server.address)/v1/login",
        ])
        #expect(chunked.output.contains("HTTP/1.1 413"))
        let health = try await curl(["-w", "%{http_code}", "\(server.address)/healthz"])
        #expect(health.output == "ok\n200")
        let host = try await curl([
            "-w", "%{http_code}", "-o", "/dev/null", "-H", "Host: evil.example",
            "\(server.address)/healthz",
        ])
        #expect(host.output == "421")
        #expect(try await server.end() == 0)
    }

    /// `listen` with a typing error, settings with an unknown key: the server does not start.
    @Test(arguments: [
        (["--listen", "nowhere"], "", "\"nowhere\" is not an address and a port"),
        (["--lisen", "127.0.0.1:0"], "", "did you mean --listen?"),
        ([], "ledgerd: 1\npeopel: {}\n", "did you mean people?"),
        ([], "ledgerd: 1\npeople: {ann: {roles: {boss: all}}}\n", "unknown role \"boss\""),
        ([], "people: {}\n", "ledgerd: 1 is required"),
    ])
    func mistakesAreSaidAtTheStart(words: [String], settings: String, says: String) async throws {
        if !settings.isEmpty {
            try settings.write(
                toFile: sandbox.path("ledgerd.yaml"), atomically: true, encoding: .utf8)
        }
        let said = try await Spoken.run(
            [(Shared.product("ledgerd") ?? "ledgerd")] + words,
            in: URL(filePath: sandbox.path(".")),
            variables: variables)
        #expect(said.code == 3 && said.error.contains(says), "\(said.error)")
    }
}
