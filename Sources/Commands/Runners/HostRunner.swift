public import CommandPorts
internal import Dispatch
internal import FoundationEssentials
internal import Glibc
public import Ledger
internal import LedgerText

/// Runs command lines on this machine, or over ssh on a host. On a host they continue when the
/// connection is lost.
public struct HostRunner: Runner {
    let here: ShellRunner
    let line: SSHLine
    /// The environment variables of ssh itself: the agent, the home folder, the PATH.
    let variables: [String: String]
    /// The folder that ssh runs in.
    let folder: String

    public init(here: ShellRunner, line: SSHLine, variables: [String: String], folder: String) {
        self.here = here
        self.line = line
        self.variables = variables
        self.folder = folder
    }

    /// Maximum number of attempts to reach a host.
    static let tries = 2
    /// Maximum number of bytes of a step's output that a host sends. With the first line of the
    /// answer, it fits the output limit.
    static let keptBytes = Limits.outputBytes - 1_024
    /// Seconds after a step's time limit in which its outcome is still requested.
    static let grace = 15

    public func run(
        _ invocation: Invocation, hearing: (@Sendable (String) -> Void)?
    ) async -> StepResult {
        guard let server = invocation.server else {
            return await here.run(invocation, hearing: hearing)
        }
        let began = DispatchTime.now()
        var result = await remote(invocation, server, hearing)
        result.milliseconds = Int(
            (DispatchTime.now().uptimeNanoseconds - began.uptimeNanoseconds) / 1_000_000)
        return result
    }

    private func remote(
        _ invocation: Invocation, _ server: Server, _ hearing: (@Sendable (String) -> Void)?
    ) async -> StepResult {
        guard let job = invocation.job else { return await ask(invocation, server) }
        let exports = Self.exports(invocation.variables)
        let arguments =
            [
                FileName.of(job.environment.rawValue), String(job.token), job.run.description,
                String(job.step), String(invocation.seconds), String(Self.keptBytes),
                String(exports.count), invocation.folder,
            ] + invocation.command
        let end = DispatchTime.now() + .seconds(invocation.seconds + Self.grace)
        var tried = 0
        var reached = false
        while true {
            let said = await call(
                server, "start", arguments, exports,
                seconds: invocation.seconds + Self.grace,
                hearing: hearing.map { tell in
                    { @Sendable line in FarEnd.said(line).map(tell) }
                })
            if let (answer, rest) = FarEnd.read(said.output) { return Self.result(answer, rest) }
            reached = reached || FarEnd.wasReached(said.output)
            tried += 1
            let why = Self.complaint(said)
            if !reached, tried >= Self.tries || Self.isRefused(why) {
                return StepResult(.lost(why))
            }
            if DispatchTime.now() >= end { return StepResult(.lost(why)) }
            // A second start with the same token only waits for the running step.
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Runs a query. A query has no state on the host: the caller can repeat it.
    private func ask(_ invocation: Invocation, _ server: Server) async -> StepResult {
        let exports = Self.exports(invocation.variables)
        let said = await call(
            server, "ask", [String(exports.count), invocation.folder] + invocation.command, exports,
            seconds: invocation.seconds + SSHLine.connectSeconds)
        if case .failed(let why)? = FarEnd.read(said.output)?.0 {
            return StepResult(.notStarted(why))
        }
        let contact = "ledger contact\n"
        guard let start = said.output.firstRange(of: contact) else {
            return StepResult(.lost(Self.complaint(said)))
        }
        guard let end = said.output.places(of: "\nledger exited ").last,
            let code = Int(said.output[end.upperBound...].prefix { $0.isNumber })
        else {
            return StepResult(said.ending == .timedOut ? .timedOut : .lost(Self.complaint(said)))
        }
        let answer = said.output[start.upperBound..<max(start.upperBound, end.lowerBound)]
        return StepResult(.exited(code), output: String(answer))
    }

    public func look(
        for job: Job, on server: Server?, within seconds: Int
    ) async -> EarlierStart {
        guard let server else { return await here.look(for: job, on: nil, within: seconds) }
        let arguments = [
            job.run.description, String(job.step), String(job.token), String(seconds),
            String(Self.keptBytes),
        ]
        let said = await call(server, "look", arguments, [], seconds: seconds + Self.grace)
        guard let (answer, rest) = FarEnd.read(said.output) else {
            return .unreachable(Self.complaint(said))
        }
        switch answer {
        case .never: return .never
        case .running: return .running
        case .ended: return .ended(Self.result(answer, rest))
        default: return .unknown
        }
    }

    public func unpack(
        _ files: [BundleFile: [UInt8]], of bundle: ContentHash, on server: Server?
    ) async throws -> String {
        guard let server else { return try await here.unpack(files, of: bundle, on: nil) }
        let said = await call(server, "place", [bundle.rawValue], [], seconds: 30)
        guard let (answer, rest) = FarEnd.read(said.output),
            case .place(let isWhole, let folder) = answer
        else { throw Self.cannot("store a bundle", server, said) }
        if isWhole, Self.holds(files, rest) { return folder }
        for (file, bytes) in files.sorted(by: { $0.key.path < $1.key.path }) {
            let said = await call(
                server, "put",
                [
                    bundle.rawValue, file.path, file.executable ? "700" : "600",
                    String(bytes.count),
                ], bytes, seconds: 300)
            guard case .ok? = FarEnd.read(said.output)?.0 else {
                throw Self.cannot("write \(file.path) of a bundle", server, said)
            }
        }
        let done = await call(server, "whole", [bundle.rawValue], [], seconds: 30)
        guard case .ok? = FarEnd.read(done.output)?.0 else {
            throw Self.cannot("store a bundle", server, done)
        }
        return folder
    }

    // MARK: ssh

    private func call(
        _ server: Server, _ verb: String, _ arguments: [String], _ input: [UInt8], seconds: Int,
        hearing: (@Sendable (String) -> Void)? = nil
    ) async -> StepResult {
        return await here.run(
            Invocation(
                command: ["ssh"] + line.arguments(to: server, verb, arguments), folder: folder,
                variables: variables, seconds: seconds, isQuestion: true, input: input),
            hearing: hearing)
    }

    /// Variables for the far end, which reads them from standard input, so other users cannot see
    /// them. The last byte is not a line feed: a shell would drop it when it counts the bytes.
    static func exports(_ variables: [String: String]) -> [UInt8] {
        // PATH and the person's own folders come from the host, not from this machine.
        let ours = [
            "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "SSH_AUTH_SOCK", "DOCKER_HOST",
            "DOCKER_CONFIG", "XDG_RUNTIME_DIR", "TZ",
        ]
        let lines = variables.filter { !ours.contains($0.key) }.sorted { $0.key < $1.key }.map {
            "export \($0.key)=\(Quote.shellWord($0.value))\n"
        }
        return Array((lines.joined() + ":").utf8)
    }

    /// Whether the output of `sha256sum` shows that the files exist and are unchanged.
    private static func holds(_ files: [BundleFile: [UInt8]], _ lines: Substring) -> Bool {
        var hashes: [String: String] = [:]
        for line in lines.parts(separator: "\n") {
            let parts = line.parts(separator: " ", maxSplits: 1)
            guard parts.count == 2, let at = parts[1].place(of: "./") else { continue }
            hashes[String(parts[1][at.upperBound...])] = String(parts[0])
        }
        return files.keys.allSatisfy { hashes[$0.path] == $0.hash.rawValue }
    }

    private static func result(_ answer: FarEnd.Answer, _ rest: Substring) -> StepResult {
        switch answer {
        case .ended(let ending, let size):
            let cut = max(0, size - Self.keptBytes)
            return StepResult(
                ending, output: cut > 0 ? withoutRestOfKey(rest) : String(rest), cut: cut)
        case .running: return StepResult(.timedOut)
        case .overtaken(let token): return StepResult(.overtaken(token))
        case .failed(let why): return StepResult(.notStarted(why))
        default: return StepResult(.lost("its host does not know the outcome"))
        }
    }

    /// Output that a host cut may begin in the middle of a private key, without its first line.
    /// This function removes the key's lines after the cut.
    private static func withoutRestOfKey(_ text: Substring) -> String {
        let mark = " bytes left out …\n"
        guard let place = text.place(of: mark) else { return String(text) }
        var lines = text[place.upperBound...].allLines[...]
        while let first = lines.first, first.isBlank || isOfKey(first) || isEndOfKey(first) {
            lines = lines.dropFirst()
            if isEndOfKey(first) { break }
        }
        return String(text[..<place.upperBound]) + lines.joined(separator: "\n")
    }

    private static func isOfKey(_ line: Substring) -> Bool {
        (40...76).contains(line.utf8.count)
            && line.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "+/=".utf8.contains($0) }
    }

    private static func isEndOfKey(_ line: Substring) -> Bool {
        line.begins(with: "-----END ") && line.ends(with: "-----")
    }

    /// The last line of ssh's error output.
    private static func complaint(_ said: StepResult) -> String {
        if case .notStarted(let why) = said.ending { return why }
        if said.ending == .timedOut { return "no answer within the time limit" }
        let lines = said.output.parts(separator: "\n").filter { !$0.begins(with: "ledger ") }
        return lines.last.map(String.init) ?? "the connection was lost"
    }

    /// Whether a retry is pointless: an unknown host key will still be unknown a second later.
    private static func isRefused(_ why: String) -> Bool {
        ["Host key verification failed", "Permission denied", "Could not resolve"].contains {
            why.contains($0)
        }
    }

    private static func cannot(_ what: String, _ server: Server, _ said: StepResult) -> Refusal {
        var why = complaint(said)
        if case .failed(let said)? = FarEnd.read(said.output)?.0 { why = said }
        return Refusal(
            .unreachable, "\(server.host) cannot \(what)", cause: why,
            hint: "test the connection: ssh \(server.ssh) true")
    }
}
