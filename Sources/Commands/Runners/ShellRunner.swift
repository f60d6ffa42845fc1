public import CommandPorts
public import CommandSecrets
internal import Dispatch
internal import FoundationEssentials
internal import Glibc
public import Ledger
internal import LedgerText
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// Runs command lines on this machine: each in its own process group, with limits on its time and
/// on its stored output.
public struct ShellRunner: Runner {
    /// The folder to which bundle files are written.
    let bundles: String
    let secretFilter: SecretFilter

    public init(bundles: String, secretFilter: SecretFilter) {
        self.bundles = bundles
        self.secretFilter = secretFilter
    }

    /// Time between the request to end a process (SIGTERM) and SIGKILL.
    static let mercy = Duration.seconds(2)

    public func run(
        _ invocation: Invocation, hearing: (@Sendable (String) -> Void)?
    ) async -> StepResult {
        let start = DispatchTime.now()
        let output: OutputPipe
        let complaints: OutputPipe?
        do {
            // For a query, the error output is what people may read.
            output = try OutputPipe(
                without: secretFilter, hearing: invocation.isQuestion ? nil : hearing)
            complaints =
                invocation.isQuestion
                ? try OutputPipe(without: secretFilter, hearing: hearing) : nil
        } catch {
            return StepResult(.notStarted("cannot create a pipe: \(error)"))
        }
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: Self.mercy),
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero),
        ]
        let (program, arguments) = Self.line(invocation)
        let ending = await Self.ending(
            program, arguments, invocation, options, output: output.writing,
            complaints: complaints?.writing)
        let kept = await output.finish()
        // The error output explains why a query has no answer.
        let why = await complaints?.finish().text ?? ""
        let milliseconds = Int(
            (DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) / 1_000_000)
        return StepResult(
            ending, output: ending == .exited(0) ? kept.text : kept.text + why,
            cut: kept.cut,
            milliseconds: milliseconds, leftBehind: kept.stillHeld)
    }

    /// A command that records its PID runs through `sh`. `sh` writes the PID and then executes the
    /// command, so a running process always has a recorded PID.
    private static func line(_ invocation: Invocation) -> (String, [String]) {
        guard let file = invocation.job?.processFile else {
            return (invocation.command[0], Array(invocation.command.dropFirst()))
        }
        return ("/bin/sh", ["-c", ProcessTable.introduction, file] + invocation.command)
    }

    private static func ending(
        _ program: String, _ arguments: [String], _ invocation: Invocation,
        _ options: PlatformOptions, output: FileDescriptor, complaints: FileDescriptor?
    ) async -> StepResult.Ending {
        if let file = invocation.job?.processFile {
            let folder = URL(filePath: file).deletingLastPathComponent()
            try? FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        }
        if let why = notStartable(invocation) {
            try? output.close()
            try? complaints?.close()
            return .notStarted(why)
        }
        let group = Group()
        let environment = Dictionary(
            uniqueKeysWithValues: invocation.variables.map {
                (Environment.Key(stringLiteral: $0), $1)
            })
        let configuration = Subprocess.Configuration(
            executable: program.holds("/") ? .path(FilePath(program)) : .name(program),
            arguments: Arguments(arguments), environment: .custom(environment),
            workingDirectory: FilePath(invocation.folder), platformOptions: options)
        return await withTaskGroup(of: StepResult.Ending?.self) { tasks in
            tasks.addTask {
                do {
                    let bytes = invocation.input
                    let status =
                        bytes.isEmpty
                        ? try await status(of: configuration, group, .none, output, complaints)
                        : try await status(
                            of: configuration, group,
                            .fileDescriptor(
                                try InputFile.open(bytes), closeAfterSpawningProcess: true),
                            output, complaints)
                    switch status {
                    case .exited(let code): return .exited(Int(code))
                    case .signaled(let signal): return .killed(signal: Int(signal))
                    }
                } catch {
                    try? output.close()
                    try? complaints?.close()
                    return .notStarted("\(error)")
                }
            }
            tasks.addTask {
                try? await Task.sleep(for: .seconds(invocation.seconds))
                return nil
            }
            var first = await tasks.next() ?? nil
            // On a busy machine, the timeout may be reported before the end of the process.
            if first == nil, group.hasEnded { first = await tasks.next() ?? nil }
            tasks.cancelAll()
            if let first { return first }
            // The time limit has passed: cancellation has started the teardown; wait for its end.
            await tasks.waitForAll()
            await group.end()
            return .timedOut
        }
    }

    private static func status(
        of configuration: Subprocess.Configuration, _ group: Group, _ input: some InputProtocol,
        _ output: FileDescriptor, _ complaints: FileDescriptor?
    ) async throws -> TerminationStatus {
        let answer = FileDescriptorOutput.fileDescriptor(output, closeAfterSpawningProcess: true)
        guard let complaints else {
            return try await Subprocess.run(
                configuration, input: input, output: answer, error: .combinedWithOutput
            ) { group.begin($0.processIdentifier.value) }.terminationStatus
        }
        return try await Subprocess.run(
            configuration, input: input, output: answer,
            error: .fileDescriptor(complaints, closeAfterSpawningProcess: true)
        ) { group.begin($0.processIdentifier.value) }.terminationStatus
    }

    /// The process group of a command. The teardown ends with the group's leader; other processes
    /// may have ignored it.
    private final class Group: Sendable {
        private let leader = Atomic<pid_t>(0)

        func begin(_ process: pid_t) { leader.store(process, ordering: .relaxed) }

        /// Whether the command has begun and its own process has ended.
        var hasEnded: Bool {
            let process = leader.load(ordering: .relaxed)
            guard process > 0 else { return false }
            var state = siginfo_t()
            let found = waitid(P_PID, id_t(process), &state, WEXITED | WNOWAIT | WNOHANG)
            // ECHILD: the task that reports the outcome has already reaped the process.
            return found == 0 ? state.si_signo == SIGCHLD : errno == ECHILD
        }

        /// Waits until all processes have ended; kills those that do not end.
        func end() async {
            let group = leader.load(ordering: .relaxed)
            // While a process of the group is alive, the kernel does not reuse the group's number.
            guard group > 0 else { return }
            let end = ContinuousClock.now + ShellRunner.mercy
            while kill(-group, 0) == 0 {
                if ContinuousClock.now >= end {
                    kill(-group, SIGKILL)
                    return
                }
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// Why a command cannot be started, in clearer words than the shell's own message.
    private static func notStartable(_ invocation: Invocation) -> String? {
        let program = invocation.command[0]
        let files = FileManager.default
        if !program.holds("/") { return missing(program, path: invocation.variables["PATH"]) }
        let full = program.begins(with: "/") ? program : "\(invocation.folder)/\(program)"
        if !files.fileExists(atPath: full) { return "\(program) is missing" }
        if !files.isExecutableFile(atPath: full) {
            return "\(program) is not executable (chmod +x)"
        }
        return missingInterpreter(of: full).map { "\(program) requires \($0), which is missing" }
    }

    /// Why a program without a folder in its name cannot be started; `nil` if it is found.
    public static func missing(_ program: String, path: String?) -> String? {
        let folders = (path ?? "/usr/bin:/bin").parts(separator: ":")
        let found = folders.contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
        }
        return found ? nil : "the program \(program) is not in PATH"
    }

    /// The interpreter that a script names in its first line (`#!`), if it is missing.
    private static func missingInterpreter(of script: String) -> String? {
        guard let file = try? FileDescriptor.open(script, .readOnly) else { return nil }
        defer { try? file.close() }
        let start = [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
            count = (try? file.read(into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
        }
        guard start.starts(with: Array("#!".utf8)) else { return nil }
        let line = start.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }
        let words = String(decoding: line, as: UTF8.self).words
        guard let program = words.first.map(String.init), program.begins(with: "/") else {
            return nil
        }
        return FileManager.default.fileExists(atPath: program) ? nil : program
    }

    public func look(
        for job: Job, on server: Server?, within seconds: Int
    ) async -> EarlierStart {
        guard let text = try? String(contentsOfFile: job.processFile, encoding: .utf8) else {
            return .unknown
        }
        let words = text.words
        guard words.count == 2, let process = Int(words[0]) else { return .unknown }
        let end = DispatchTime.now() + .seconds(seconds)
        // The PID may belong to another process by now.
        while ProcessTable.mayRun(process, mark: String(words[1])) {
            if DispatchTime.now() >= end { return .running }
            try? await Task.sleep(for: .milliseconds(100))
        }
        return .unknown
    }

    public func unpack(
        _ files: [BundleFile: [UInt8]], of bundle: ContentHash, on server: Server?
    ) async throws -> String {
        let folder = URL(filePath: bundles).appending(path: bundle.rawValue)
        for (file, bytes) in files.sorted(by: { $0.key.path < $1.key.path }) {
            let place = folder.appending(path: file.path)
            do { try Self.layOut(bytes, at: place, executable: file.executable) } catch {
                throw StoreProblem(
                    .readOnly, "cannot write the bundle file \(file.path)",
                    cause: "\(place.path): \(error.systemWords)",
                    hint: "check the owner of \(bundles) and the free disk space")
            }
        }
        return folder.path
    }

    /// Replaces any existing file with the stored file. The rename is atomic, so a running step
    /// keeps the file that it opened.
    private static func layOut(_ bytes: [UInt8], at place: URL, executable: Bool) throws {
        let manager = FileManager.default
        try manager.createDirectory(
            at: place.deletingLastPathComponent(), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let draft = place.appendingPathExtension("new-\(getpid())")
        try Data(bytes).write(to: draft)
        try manager.setAttributes(
            [.posixPermissions: executable ? 0o700 : 0o600], ofItemAtPath: draft.path)
        guard rename(draft.path, place.path) == 0 else { throw Errno(rawValue: errno) }
    }

}
