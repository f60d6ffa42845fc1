import CommandPorts
import CommandRunners
import CommandSecrets
import Foundation
import Ledger
import Support
import Synchronization
import Testing

/// Command lines on this machine, for real.
struct RunnerTests {
    private func run(
        _ script: String, seconds: Int = 20, variables: [String: String] = [:],
        executable: Bool = true,
        secretFilter: SecretFilter = SecretFilter(variables: [:], secrets: [])
    ) async throws -> (StepResult, Sandbox) {
        let sandbox = try Sandbox()
        try sandbox.write("script", "#!/bin/sh\n\(script)\n", executable: executable)
        let runner = ShellRunner(bundles: sandbox.path("bundles"), secretFilter: secretFilter)
        var all = ["PATH": "/usr/bin:/bin"]
        all.merge(variables) { $1 }
        let result = await runner.run(
            Invocation(
                command: [sandbox.path("script"), "a b", "$HOME"], folder: sandbox.folder.path,
                variables: all, seconds: seconds, job: Self.job(sandbox.path("runs/1.pid"))))
        return (result, sandbox)
    }

    static func job(_ file: String) -> Job {
        Job(
            run: EntryID(time: Fixed.start, random: (1, 1)), step: 1, token: 1,
            environment: Sample.production, processFile: file)
    }

    @Test func argumentsAndVariablesArriveAsTheyAre() async throws {
        let (result, _) = try await run(
            #"echo "$1|$2|$LEDGER_TAG|$UNKNOWN""#, variables: ["LEDGER_TAG": "v1; rm -rf /"])
        #expect(result.succeeded)
        #expect(result.output == "a b|$HOME|v1; rm -rf /|\n")
    }

    @Test func bothOutputsAreKeptInTheirOrder() async throws {
        let (result, _) = try await run("echo out; echo err >&2; exit 3")
        #expect(result.ending == .exited(3))
        #expect(result.output == "out\nerr\n")
    }

    private static func holdAThread() { Thread.sleep(forTimeInterval: 3) }

    /// What ended in time has not run out of it, though nobody had a turn to notice.
    @Test func anEndThatIsNoticedLateCounts() async throws {
        let sandbox = try Sandbox()
        try sandbox.write("script", "#!/bin/sh\ntouch begun; sleep 0.5; exit 3\n", executable: true)
        let runner = ShellRunner(
            bundles: sandbox.path("bundles"),
            secretFilter: SecretFilter(variables: [:], secrets: []))
        async let result = runner.run(
            Invocation(
                command: [sandbox.path("script")], folder: sandbox.folder.path,
                variables: ["PATH": "/usr/bin:/bin"], seconds: 2,
                job: Self.job(sandbox.path("runs/1.pid"))))
        try await eventually("the script begins") {
            FileManager.default.fileExists(atPath: sandbox.path("begun"))
        }
        for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
            Task { Self.holdAThread() }
        }
        #expect(await result.ending == .exited(3))
    }

    /// The shell that becomes a step writes of itself what the program would tell of it.
    @Test func aStepIntroducesItselfAsTheProgramKnowsIt() async throws {
        let sandbox = try Sandbox()
        try sandbox.write(
            "script", "#!/bin/sh\nuntil [ -e go ]; do sleep 0.05; done\n", executable: true)
        let runner = ShellRunner(
            bundles: sandbox.path("bundles"),
            secretFilter: SecretFilter(variables: [:], secrets: []))
        let file = sandbox.path("runs/1.pid")
        async let result = runner.run(
            Invocation(
                command: [sandbox.path("script")], folder: sandbox.folder.path,
                variables: ["PATH": "/usr/bin:/bin"], seconds: 20, job: Self.job(file)))
        var said = ""
        try await eventually("the step introduces itself") {
            said = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            return said.hasSuffix("\n")
        }
        let process = try #require(said.split(separator: " ").first.flatMap { Int($0) })
        #expect(try said == "\(process) \(#require(ProcessTable.mark(process)))\n")
        try sandbox.write("go", "")
        #expect(await result.succeeded)
    }

    /// Half of a line could be half of a secret, and is told to nobody.
    @Test func theLastWholeLineIsHeardMeanwhile() async throws {
        let sandbox = try Sandbox()
        let script = """
            #!/bin/sh
            say() { printf "$1"; until [ -e "$2" ]; do sleep 0.01; done; }
            say 'one\\ntwo\\nthr' 1; say 'ee\\n' 2; printf '\\n  \\n'; say '' 3; head -c 401 /dev/zero | tr '\\0' x
            echo; say '' 4; echo end
            """
        try sandbox.write("script", script, executable: true)
        let runner = ShellRunner(
            bundles: sandbox.path("bundles"),
            secretFilter: SecretFilter(variables: [:], secrets: []))
        let heard = Mutex<[String]>([])
        async let result = runner.run(
            Invocation(
                command: [sandbox.path("script")], folder: sandbox.folder.path,
                variables: ["PATH": "/usr/bin:/bin"], seconds: 20)
        ) { line in heard.withLock { $0.append(line) } }
        for (number, last) in [(1, "two"), (2, "three")] {
            while heard.withLock({ $0.last }) != last {
                try await Task.sleep(for: .milliseconds(5))
            }
            try sandbox.write("\(number)", "")
        }
        for number in 3...4 { try sandbox.write("\(number)", "") }
        #expect(await result.succeeded)
        #expect(heard.withLock { $0 } == ["two", "three", "end"])
    }

    @Test func whatHangsIsStoppedWithAllItsChildren() async throws {
        let (result, sandbox) = try await run(
            "echo begun; sleep 300 & echo $! > child; sleep 300", seconds: 1)
        #expect(result.ending == .timedOut)
        #expect(result.output == "begun\n")
        let child = Self.child(sandbox)
        var alive = true
        for _ in 0..<40 where alive {
            alive = kill(child, 0) == 0 && !Self.isZombie(child)
            if alive { try await Task.sleep(for: .milliseconds(50)) }
        }
        #expect(!alive)
    }

    private static func isZombie(_ process: Int32) -> Bool {
        let stat = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        return stat.contains(") Z ")
    }

    @Test func whatIgnoresTheSignalIsKilled() async throws {
        let (result, _) = try await run("trap '' TERM; while :; do sleep 1; done", seconds: 1)
        #expect(result.ending == .timedOut)
    }

    @Test func aGigabyteOfOutputIsCutAndCounted() async throws {
        let (result, _) = try await run(
            "echo first; head -c 1000000000 /dev/zero; echo last", seconds: 60)
        #expect(result.succeeded)
        #expect(result.output.hasPrefix("first\n"))
        #expect(result.output.hasSuffix("last\n"))
        #expect(result.cut > 999_000_000)
        #expect(result.output.utf8.count < Limits.outputBytes + 100)
    }

    private static func child(_ sandbox: Sandbox) -> Int32 {
        Int32(sandbox.read("child").trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    @Test func whatIgnoresTheSignalIsKilledAlsoIfItsParentDidNot() async throws {
        let (result, sandbox) = try await run(
            "(trap '' TERM; while :; do sleep 0.1; done) & echo $! > child; wait", seconds: 1)
        #expect(result.ending == .timedOut)
        let child = Self.child(sandbox)
        #expect(child > 0)
        for _ in 0..<40 where kill(child, 0) == 0 && !Self.isZombie(child) {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(kill(child, 0) != 0 || Self.isZombie(child))
    }

    @Test func aServerThatTalksWithoutEndDoesNotHoldTheStep() async throws {
        let (result, sandbox) = try await run("yes & echo $! > child")
        #expect(result.succeeded)
        #expect(result.leftBehind)
        #expect(kill(Self.child(sandbox), SIGKILL) == 0)
    }

    @Test func anAnswerIsWhatIsPrintedWithoutComplaints() async throws {
        let sandbox = try Sandbox()
        let runner = ShellRunner(
            bundles: sandbox.path("bundles"),
            secretFilter: SecretFilter(variables: [:], secrets: []))
        func ask(_ script: String) async -> StepResult {
            await runner.run(
                Invocation(
                    command: ["sh", "-c", script], folder: "/",
                    variables: ["PATH": "/usr/bin:/bin"], seconds: 120, isQuestion: true))
        }
        let answer = await ask("echo warning >&2; echo v1")
        #expect(answer.output == "v1\n", "\(answer)")
        let none = await ask("echo half; echo refused >&2; exit 7")
        #expect(none.output == "half\nrefused\n", "\(none)")
    }

    @Test func aServerLeftBehindDoesNotHoldTheStep() async throws {
        let (result, sandbox) = try await run("sleep 300 & echo $! > child; echo started")
        #expect(result.succeeded)
        #expect(result.leftBehind)
        #expect(result.output == "started\n")
        #expect(kill(Self.child(sandbox), SIGKILL) == 0)
    }

    @Test func aSecretThatIsPrintedIsTakenOut() async throws {
        let (result, _) = try await run(
            "echo the password is $DB_PASSWORD", variables: ["DB_PASSWORD": "hunter2hunter2"],
            secretFilter: SecretFilter(
                variables: ["DB_PASSWORD": "hunter2hunter2"], secrets: ["DB_PASSWORD"]))
        #expect(result.output == "the password is ***\n")
    }

    /// Where output is cut, half of a secret would not be recognised: nothing of it is kept.
    @Test(arguments: [2, 7, 13])
    func aSecretAtTheCutIsTakenOutWhole(before: Int) async throws {
        let half = Limits.outputBytes / 2
        let blank = "head -c %d /dev/zero | tr '\\0' ' '; "
        func spaces(_ count: Int) -> String { blank.replacing("%d", with: "\(count)") }
        let (result, _) = try await run(
            spaces(half - before) + "printf $DB_PASSWORD; " + spaces(half * 4)
                + "printf $DB_PASSWORD; " + spaces(half - before),
            variables: ["DB_PASSWORD": "hunter2hunter2"],
            secretFilter: SecretFilter(
                variables: ["DB_PASSWORD": "hunter2hunter2"], secrets: ["DB_PASSWORD"]))
        #expect(result.succeeded)
        #expect(result.cut > half)
        let words = result.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(!words.contains("hunter"), "\(words)")
        #expect(!words.contains("unter2"), "\(words)")
    }

    /// A line that is longer than what is kept is cut after its secrets are gone, not before.
    @Test(arguments: [0, 5, 9])
    func aSecretInALongLineIsTakenOutBeforeTheCut(before: Int) async throws {
        let place = Limits.outputBytes / 2 - 4096 - before
        let (result, _) = try await run(
            "head -c \(place) /dev/zero | tr '\\0' x; printf ' %s ' $DB_PASSWORD; "
                + "head -c 200000 /dev/zero | tr '\\0' x",
            variables: ["DB_PASSWORD": "hunter2hunter2"],
            secretFilter: SecretFilter(
                variables: ["DB_PASSWORD": "hunter2hunter2"], secrets: ["DB_PASSWORD"]))
        #expect(result.succeeded && result.cut > 0)
        #expect(!result.output.contains("hunter") && !result.output.contains("ter2"))
    }

    @Test func whatIsNotExecutableOrMissingSaysSo() async throws {
        let (result, _) = try await run("exit 0", executable: false)
        guard case .notStarted(let why) = result.ending else {
            Issue.record("\(result.ending)")
            return
        }
        #expect(why.contains("chmod +x"))
        let runner = ShellRunner(
            bundles: "/tmp", secretFilter: SecretFilter(variables: [:], secrets: []))
        for command in ["/nowhere/x", "no-such-program-anywhere"] {
            let missing = await runner.run(
                Invocation(command: [command], folder: "/", variables: ["PATH": "/bin"], seconds: 5)
            )
            guard case .notStarted = missing.ending else {
                Issue.record("\(missing.ending)")
                return
            }
        }
    }

    @Test func aProcessIsFoundAgainByItsNumber() async throws {
        let sandbox = try Sandbox()
        let runner = ShellRunner(
            bundles: sandbox.path("b"), secretFilter: SecretFilter(variables: [:], secrets: []))
        let file = sandbox.path("runs/7.pid")
        async let running = runner.run(
            Invocation(
                command: ["/bin/sh", "-c", "until [ -e go ]; do sleep 0.1; done"],
                folder: sandbox.folder.path, variables: ["PATH": "/usr/bin:/bin"], seconds: 300,
                job: Self.job(file)))
        try await eventually("the process has a number") {
            FileManager.default.fileExists(atPath: file) && !sandbox.read("runs/7.pid").isEmpty
        }
        #expect(await runner.look(for: Self.job(file), on: nil, within: 0) == .running)
        try sandbox.write("go", "")
        #expect(await runner.look(for: Self.job(file), on: nil, within: 300) == .unknown)
        #expect(await running.succeeded)
        #expect(
            await runner.look(for: Self.job(sandbox.path("none")), on: nil, within: 0) == .unknown)
    }

    @Test func aBundleIsLaidOutAsItWasKept() async throws {
        let sandbox = try Sandbox()
        let runner = ShellRunner(
            bundles: sandbox.path("b"), secretFilter: SecretFilter(variables: [:], secrets: []))
        let content = Content(Array("#!/bin/sh\necho kept\n".utf8))
        let file = BundleFile(path: "scripts/go", hash: content.hash, executable: true)
        let folder = try await runner.unpack([file: content.bytes], of: content.hash, on: nil)
        // Somebody changes what lies there; what runs is what was kept.
        try Data("#!/bin/sh\necho changed\n".utf8).write(to: URL(filePath: "\(folder)/scripts/go"))
        _ = try await runner.unpack([file: content.bytes], of: content.hash, on: nil)
        let result = await runner.run(
            Invocation(
                command: ["\(folder)/scripts/go"], folder: "/", variables: ["PATH": "/bin"],
                seconds: 5))
        #expect(result.output == "kept\n")
    }

    /// A process that ends without reading what it was given is no fault of ours, however often.
    @Test func aProcessNeedNotReadItsInput() async throws {
        let sandbox = try Sandbox()
        let runner = ShellRunner(
            bundles: sandbox.path("bundles"),
            secretFilter: SecretFilter(variables: [:], secrets: []))
        let input = Array(repeating: UInt8(ascii: "x"), count: 1 << 20)
        for command in [["true"], ["wc", "-c"]] {
            for _ in 0..<100 {
                let result = await runner.run(
                    Invocation(
                        command: command, folder: sandbox.folder.path,
                        variables: ["PATH": "/usr/bin:/bin"], seconds: 20, isQuestion: true,
                        input: input))
                #expect(result.succeeded)
                if command.count > 1 { #expect(result.output == "\(input.count)\n") }
            }
        }
    }
}
