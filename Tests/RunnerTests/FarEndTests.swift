import CommandPorts
import CommandSecrets
import Foundation
import Ledger
import Support
import Synchronization
import Testing
@testable import CommandRunners

/// The far end of the SSH runner, over an `ssh` that is this machine.
struct FarEndTests {
    private let sandbox: Sandbox
    private let server = Server(host: HostName(unchecked: "h1"), ssh: "h1", address: nil)

    init() throws {
        sandbox = try Sandbox()
        // The last word is the far end's command line.
        try sandbox.write(
            "bin/ssh", "#!/bin/sh\nfor line in \"$@\"; do :; done\nexec sh -c \"$line\"\n",
            executable: true)
    }

    private func runner(secrets: [String: String] = [:]) -> HostRunner {
        let secretFilter = SecretFilter(variables: secrets, secrets: Array(secrets.keys))
        return HostRunner(
            here: ShellRunner(bundles: sandbox.path("here"), secretFilter: secretFilter),
            line: SSHLine(configuration: nil, sockets: sandbox.path("sockets")),
            variables: [
                "PATH": "\(sandbox.path("bin")):/usr/bin:/bin", "HOME": sandbox.folder.path,
                "XDG_STATE_HOME": sandbox.path("far"),
            ], folder: sandbox.folder.path)
    }

    private func invocation(
        _ script: String, _ variables: [String: String] = [:], isQuestion: Bool = false
    ) -> Invocation {
        Invocation(
            command: ["sh", "-c", script], folder: sandbox.folder.path, variables: variables,
            seconds: 10, job: isQuestion ? nil : RunnerTests.job(""), isQuestion: isQuestion,
            server: server)
    }

    /// Half of a secret would be recognised by nobody.
    @Test func noHalfOfALineIsKeptWhereOutputIsCut() async throws {
        let secret = "dsn_Sup3rSecretValue01"
        let script = """
            for i in 1 2 3 4 5 6 7 8 9; do echo "\(secret)"; done
            head -c 32000 /dev/zero | tr '\\0' y; echo; i=0
            while [ "$i" -lt 9000 ]; do echo "$i \(secret)"; i=$((i + 1)); done
            """
        let result = await runner(secrets: ["DSN": secret]).run(invocation(script))
        #expect(result.succeeded && result.cut > 100_000)
        #expect(!result.output.contains("dsn_") && !result.output.contains("Value01"))
        #expect(result.output.contains("bytes left out"))
        #expect(result.output.hasSuffix("8999 ***\n"))
    }

    /// What a host sends of a long output may begin in the middle of a key.
    @Test func noRestOfAKeyIsKeptBelowTheCut() async throws {
        let line = String(repeating: "QUJDREVGR0hJSktM", count: 4)
        let script = """
            echo one; echo '-----BEGIN RSA PRIVATE KEY-----'; i=0
            while [ "$i" -lt 3000 ]; do echo \(line); i=$((i + 1)); done
            echo '-----END RSA PRIVATE KEY-----'; echo last
            """
        let result = await runner().run(invocation(script))
        #expect(result.succeeded && result.cut > 0)
        #expect(
            !result.output.contains("QUJDREVG") && result.output.hasSuffix("\nlast\n"),
            "\(result.output)")
    }

    @Test func whatAQuestionComplainsOfIsNoAnswer() async throws {
        let loud = await runner().run(invocation("echo v1 >&2", isQuestion: true))
        #expect(loud.succeeded && loud.output.allSatisfy(\.isWhitespace), "\(loud.output)")
        let failed = await runner().run(
            invocation("echo v1; echo no >&2; exit 3", isQuestion: true))
        #expect(failed.ending == .exited(3))
        #expect(failed.output.split(separator: "\n") == ["v1", "no"])
    }

    /// Whatever variables a step wants, they are its own.
    @Test(arguments: [true, false])
    func variablesMeanNothingToTheFarEnd(isQuestion: Bool) async throws {
        let names = ["folder", "place", "seconds", "kept", "home", "run", "step", "child", "group"]
        let variables = Dictionary(uniqueKeysWithValues: names.map { ($0, "/nowhere") })
        let result = await runner().run(
            invocation("pwd; echo \"$place $home\"", variables, isQuestion: isQuestion))
        #expect(result.succeeded, "\(result)")
        #expect(
            result.output.split(separator: "\n") == [
                Substring(sandbox.folder.path), "/nowhere /nowhere",
            ])
    }

    /// A connection that dies while something is sent: what came is half of a message, and none.
    @Test(arguments: ["start", "ask", "put"])
    func halfOfAMessageIsNotUsed(verb: String) async throws {
        let exports = String(
            decoding: HostRunner.exports(["A": "1", "TAG": "v1\n\n", "DIGEST": "sha256:1"]),
            as: UTF8.self)
        let text = verb == "put" ? "#!/bin/sh\necho whole\n" : exports
        let step = ["sh", "-c", "echo \"$A $TAG $DIGEST\" >> ran"]
        let size = String(text.utf8.count)
        let arguments: [String] =
            switch verb {
            case "start":
                ["production", "7", "run", "1", "5", "4096", size, sandbox.folder.path] + step
            case "ask": [size, sandbox.folder.path] + step
            default: ["bundle", "go", "700", size]
            }
        let line = SSHLine(configuration: nil, sockets: nil).arguments(to: server, verb, arguments)
        let variables = [
            "PATH": "/usr/bin:/bin", "HOME": sandbox.folder.path,
            "XDG_STATE_HOME": sandbox.path("far"),
        ]
        for cut in 0..<text.utf8.count {
            let said = try await Spoken.run(
                ["sh", "-c", line.last ?? ""], in: sandbox.folder, variables: variables,
                input: String(decoding: text.utf8.prefix(cut), as: UTF8.self))
            #expect(
                said.output.contains("ledger failed the connection was lost"), "\(cut): \(said)")
        }
        #expect(sandbox.read("ran").isEmpty && sandbox.read("far/ledger/bundles/bundle/go").isEmpty)
        _ = try await Spoken.run(
            ["sh", "-c", line.last ?? ""], in: sandbox.folder, variables: variables, input: text)
        #expect(
            verb == "put"
                ? sandbox.read("far/ledger/bundles/bundle/go") == text
                : sandbox.read("ran") == "1 v1\n\n sha256:1\n")
    }

    /// A token that cannot be read, or is a word, is no token; what other tokens left is heeded.
    @Test func anOlderTokenIsRefusedWhateverItFinds() async throws {
        func claim(_ token: String) async throws -> String {
            let line = SSHLine(configuration: nil, sockets: nil).arguments(
                to: server, "start",
                [
                    "production%2Feu", token, "r\(token)", "1", "5", "4096", "1",
                    sandbox.folder.path, "true",
                ])
            return try await Spoken.run(
                ["sh", "-c", line.last ?? ""], in: sandbox.folder,
                variables: [
                    "PATH": "/usr/bin:/bin", "HOME": sandbox.folder.path,
                    "XDG_STATE_HOME": sandbox.path("far"),
                ],
                input: ":"
            ).output
        }
        #expect(try await claim("12").contains("ledger ended exited 0"))
        #expect(try await claim("9").hasPrefix("ledger overtaken 12"))
        #expect(try await claim("12x").hasPrefix("ledger failed"))
        try sandbox.write("far/ledger/tokens/production%2Feu", "15\n")
        #expect(try await claim("14").hasPrefix("ledger overtaken 15"))
        #expect(try await claim("16").contains("ledger ended exited 0"))
    }

    /// Who has seen a step begin does not say that it did not.
    @Test func aStepThatBeganIsNeverCalledNotStarted() async throws {
        let result = await runner().run(
            invocation("kill -9 $PPID; sleep 0.3; touch \"\(sandbox.path("done"))\""))
        guard case .lost = result.ending else {
            Issue.record("\(result.ending)")
            return
        }
    }

    @Test func aBundleThatWasChangedOnItsHostIsPutThereAgain() async throws {
        let bytes = Array("#!/bin/sh\necho right\n".utf8)
        let file = BundleFile(path: "scripts/go", hash: ContentHash(of: bytes), executable: true)
        let bundle = ContentHash(of: [1])
        let folder = try await runner().unpack([file: bytes], of: bundle, on: server)
        try Data("#!/bin/sh\n".utf8).write(to: URL(filePath: "\(folder)/scripts/go"))
        let again = try await runner().unpack([file: bytes], of: bundle, on: server)
        let kept = FileManager.default.contents(atPath: "\(again)/scripts/go")
        #expect(again == folder && kept == Data(bytes))
    }

    /// An old run may be gone on with: how its steps ended is never forgotten.
    @Test func whatAStepCameToOutlivesItsOutput() async throws {
        let job = RunnerTests.job("")
        _ = await runner().run(invocation("echo old"))
        let outputs = try await Spoken.run(
            ["sh", "-c", "find far -exec touch -d '40 days ago' {} +; find far -name output"],
            in: sandbox.folder)
        var other = invocation("true")
        other.job?.step = 2
        #expect(await runner().run(other).succeeded)
        let earlier = await runner().look(for: job, on: server, within: 0)
        #expect(outputs.output.contains("output"))
        guard case .ended(let result) = earlier else {
            Issue.record("\(earlier)")
            return
        }
        #expect(result.succeeded && result.output.isEmpty)
    }

    @Test func theLastLineIsHeardFromAHost() async throws {
        let heard = Mutex<[String]>([])
        let script = "echo one; printf two; sleep 2.5; echo; echo three"
        let result = await runner().run(invocation(script)) { line in
            heard.withLock { $0.append(line) }
        }
        #expect(result.output == "one\ntwo\nthree\n")
        #expect(heard.withLock { $0.first } == "one")
        #expect(!heard.withLock { $0.contains("two") })
    }
}

/// `container.sh`, over engines that are not well.
struct ContainerScriptTests {
    /// A docker that says what the lines of `script` do, and notes what it was asked.
    private func replace(_ script: String) async throws -> (said: Spoken, asked: [String]) {
        let sandbox = try Sandbox()
        try sandbox.write(
            "bin/docker", "#!/bin/sh\necho \"$1\" >> asked\n\(script)\n", executable: true)
        let text = try String(
            contentsOf: Shared.repository.appending(
                path: "Sources/Commands/Core/Playbook/container.sh"),
            encoding: .utf8)
        let said = try await Spoken.run(
            ["sh", "-c", text, "container", "replace", "docker", "web", "a@b"],
            in: sandbox.folder, variables: ["PATH": "\(sandbox.path("bin")):/usr/bin:/bin"])
        let asked = sandbox.read("asked").split(separator: "\n").map(String.init)
        return (said, asked)
    }

    /// Nothing is taken away that nobody has been told of.
    @Test func anEngineThatDoesNotAnswerIsNotTakenForAnEmptyOne() async throws {
        let (said, asked) = try await replace("echo 'Cannot connect to the daemon' >&2; exit 1")
        #expect(said.code != 0 && !asked.contains("rm") && !asked.contains("run"), "\(asked)")
    }

    @Test func whatRanBeforeIsNamedOnlyIfSomethingDid() async throws {
        let (said, _) = try await replace(
            "case $1 in inspect) echo 'No such container: web' >&2;; esac; exit 1")
        #expect(said.code != 0 && !said.error.contains("web-before"))
        let (other, asked) = try await replace("[ $1 != run ]")
        #expect(other.error.contains("what ran before is web-before"), "\(other.error)")
        #expect(asked == ["stop", "rename", "run", "rm"])
    }
}
