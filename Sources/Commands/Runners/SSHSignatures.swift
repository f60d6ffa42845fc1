public import CommandPorts
internal import Foundation
internal import Glibc
internal import LedgerText

/// Makes and checks SSH signatures with the system's ssh-keygen (`-Y sign`, `-Y verify`).
public struct SSHSignatures: SignatureChecker {
    private let runner: ShellRunner
    /// What ssh-keygen sees: the agent, the home folder, the way to programs.
    private let variables: [String: String]
    /// The namespace of every signature (PROTOCOL.sshsig): one of another is not accepted.
    private let namespace: String

    public init(runner: ShellRunner, variables: [String: String], namespace: String) {
        self.runner = runner
        self.variables = variables
        self.namespace = namespace
    }

    /// Seconds that ssh-keygen may take: a key on a token waits for a touch.
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
    /// `Refusal` if ssh-keygen does not.
    public func sign(_ text: String, key: String) async throws -> String {
        let signed = try await keygen(
            ["sign", "-n", namespace, "-f", key], text)
        if signed.succeeded { return signed.output }
        throw Refusal(
            .invalid, "\(key) did not sign", cause: Self.words(signed),
            hint:
                "a key with a passphrase: add it to an agent and name its .pub file; or sign what "
                + "--statement prints yourself, and hand the signature over with --signature")
    }

    private func keygen(_ arguments: [String], _ input: String) async throws -> StepResult {
        let result = await runner.run(
            Invocation(
                command: ["ssh-keygen", "-Y"] + arguments,
                folder: FileManager.default.currentDirectoryPath, variables: variables,
                seconds: Self.seconds, isQuestion: true, input: Array(input.utf8)))
        if case .notStarted(let why) = result.ending {
            throw Refusal(
                .notPossible, "signatures cannot be checked here", cause: why,
                hint: "install OpenSSH's client (Debian: openssh-client)")
        }
        return result
    }

    private static func words(_ result: StepResult) -> String {
        result.output.fullLines.last.map(String.init)
            ?? "ssh-keygen said no"
    }

    private func inFolder<T>(_ body: (URL) async throws -> T) async throws -> T {
        // mkdtemp(3): a name that nobody guesses, in a folder that is this person's alone.
        var name = Array(
            FileManager.default.temporaryDirectory.appending(
                path: "ledger-" + String(repeating: "X", count: 6)
            ).path.utf8CString
        )
        guard mkdtemp(&name) != nil else {
            throw Refusal(
                .notPossible, "signatures cannot be checked here",
                cause: "no temporary folder can be made: \(String(cString: strerror(errno)))",
                hint: "TMPDIR names a folder that may be written to")
        }
        let path = name.dropLast().map { UInt8(bitPattern: $0) }
        let folder = URL(filePath: String(decoding: path, as: UTF8.self))
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }
}
