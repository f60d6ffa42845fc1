public import CommandPorts
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerText

/// Creates and verifies SSH signatures with the system's ssh-keygen (`-Y sign`, `-Y verify`).
public struct SSHSignatures: SignatureMaker {
    private let runner: ShellRunner
    /// The environment variables of ssh-keygen: the agent, the home folder, the PATH.
    private let variables: [String: String]
    /// The namespace of every signature (PROTOCOL.sshsig): a signature with another namespace is
    /// not accepted.
    private let namespace: String

    public init(runner: ShellRunner, variables: [String: String], namespace: String) {
        self.runner = runner
        self.variables = variables
        self.namespace = namespace
    }

    /// Timeout in seconds of ssh-keygen: a hardware key may wait for a touch.
    private static let seconds = 60

    public func check(
        _ signature: String, over text: String, signers: String
    ) async throws -> SignatureFinding {
        try await inFolder { folder in
            let files = ["signature": signature, "signers": signers]
            for (name, content) in files {
                try Data(content.utf8).write(to: folder.appending(path: name))
            }
            let of = ["-s", folder.appending(path: "signature").path]
            let allowed = ["-f", folder.appending(path: "signers").path]
            let purpose = ["-n", namespace]
            let alone = try await keygen(["check-novalidate"] + purpose + of, text)
            guard alone.succeeded else {
                if alone.output.holds("namespace") { return .otherNamespace }
                return .forged(Self.words(alone))
            }
            let found = try await keygen(["find-principals"] + allowed + of, "")
            guard found.succeeded,
                let names = found.output.fullLines.first,
                let name = names.parts(separator: ",").first.map(String.init)
            else { return .foreign }
            let whole = try await keygen(
                ["verify"] + allowed + ["-I", name] + purpose + of, text)
            return whole.succeeded ? .signed(by: name) : .notAllowed(Self.words(whole))
        }
    }

    /// Signs a text with a key file (or the public half of a key that an agent holds). Throws
    /// `Refusal` if ssh-keygen fails.
    public func sign(_ text: String, key: String) async throws -> String {
        let signed = try await keygen(
            ["sign", "-n", namespace, "-f", key], text)
        if signed.succeeded { return signed.output }
        throw Refusal(
            .invalid, "cannot sign with \(key)", cause: Self.words(signed),
            hint:
                "if the key has a passphrase, add it to an agent and name its .pub file; or sign "
                + "the output of --statement yourself, and pass it with --signature")
    }

    private func keygen(_ arguments: [String], _ input: String) async throws -> StepResult {
        let result = await runner.run(
            Invocation(
                command: ["ssh-keygen", "-Y"] + arguments,
                folder: FileManager.default.currentDirectoryPath, variables: variables,
                seconds: Self.seconds, isQuestion: true, input: Array(input.utf8)))
        if case .notStarted(let why) = result.ending {
            throw Refusal(
                .notPossible, "cannot check signatures", cause: why,
                hint: "install the OpenSSH client (Debian: openssh-client)")
        }
        return result
    }

    private static func words(_ result: StepResult) -> String {
        result.output.fullLines.last.map(String.init)
            ?? "ssh-keygen failed without a message"
    }

    private func inFolder<T>(_ body: (URL) async throws -> T) async throws -> T {
        // mkdtemp(3): an unpredictable name, and a folder that only this person can access.
        var name = Array(
            FileManager.default.temporaryDirectory.appending(
                path: "ledger-" + String(repeating: "X", count: 6)
            ).path.utf8CString
        )
        guard mkdtemp(&name) != nil else {
            throw Refusal(
                .notPossible, "cannot check signatures",
                cause: "cannot create a temporary folder: \(String(cString: strerror(errno)))",
                hint: "set TMPDIR to a writable folder")
        }
        let path = name.dropLast().map { UInt8(bitPattern: $0) }
        let folder = URL(filePath: String(decoding: path, as: UTF8.self))
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }
}
