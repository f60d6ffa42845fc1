public import Ledger
internal import LedgerText

/// One command line of a plan: what it is, for which service on which host, and how it is watched.
public struct Step: Codable, Hashable, Sendable {
    /// From 1, over the whole plan.
    public var number: Int
    public var service: ServiceName
    public var host: HostName
    public var name: String
    /// The program and its arguments, as they are handed over: there is no shell in between.
    public var run: [String]
    /// Seconds after which it is stopped.
    public var seconds: Int
    /// True if it must not run twice: after a crash it is looked at before anything else.
    public var once: Bool
    /// Tells whether the step is done already: exits 0 if so.
    public var check: [String]?
    /// The bundle from which its files are taken.
    public var bundle: ContentHash
    /// Where it runs; `nil`: here.
    public var site: Site?
    /// The migration that it takes back: then it is run with the release that made it, and nothing
    /// else begins before it is done.
    public var migration: String?
    /// True if it waits until the release was seen running on the host: what puts the host back
    /// into service.
    public var afterLook: Bool?

    /// Where a command line runs.
    public enum Site: String, Choice {
        /// On the machine that `ledger` runs on.
        case here
        /// On the host that it is about.
        case host
    }
}

/// How a host is reached: what the playbook says of it.
public struct Server: Codable, Hashable, Sendable {
    public var host: HostName
    /// What ssh is told: a name of its configuration, `user@name`, `ssh://user@name:port`.
    public var ssh: String
    /// The name or address at which its services are asked: what `{host}` stands for.
    public var address: String?

    public init(host: HostName, ssh: String, address: String? = nil) {
        self.host = host
        self.ssh = ssh
        self.address = address
    }
}

/// How something is asked: by a command line or over HTTP.
public struct Probe: Codable, Hashable, Sendable {
    public var run: [String]?
    /// Addresses by environment; `*` for all.
    public var http: [String: String]?
    /// The member of a JSON answer that tells.
    public var field: String?
    public var seconds: Int
    /// Where the command line runs; `nil`: here.
    public var site: Step.Site?

    public init(
        run: [String]? = nil, http: [String: String]? = nil, field: String? = nil,
        seconds: Int = 10, site: Step.Site? = nil
    ) {
        self.site = site
        self.run = run
        self.http = http
        self.field = field
        self.seconds = seconds
    }

    /// The command line that asks, in an environment. HTTP is asked by curl: no settings of this
    /// machine's, no retries; an answer that leads elsewhere is none. `{host}` in an address is
    /// `host`.
    public func command(
        in environment: EnvironmentName, asking host: String = "localhost"
    ) -> [String]? {
        if let run { return run }
        guard
            let address = (http?[environment.rawValue] ?? http?["*"])?.exchanging(
                "{host}", for: host)
        else { return nil }
        return [
            "curl", "--disable", "--silent", "--show-error", "--fail", "--location",
            "--globoff", "--max-redirs", "0", "--max-time", String(seconds), "--proto",
            "=http,https", "--",
            address,
        ]
    }
}

/// What healthy means: a probe that must succeed so many times in a row, before a deadline.
public struct HealthCheck: Codable, Hashable, Sendable {
    public var probe: Probe
    /// Another that must succeed with it: a container may be healthy and not be reached.
    public var and: Probe?
    public var successes: Int
    /// Seconds between two tries.
    public var every: Double
    /// Seconds after which it is given up.
    public var deadline: Double
}

/// What was printed and how it ended, as a runner saw it.
public struct StepResult: Hashable, Sendable {
    /// How the process ended.
    public enum Ending: Hashable, Sendable {
        case exited(Int)
        case killed(signal: Int)
        /// It ran longer than it may, and was stopped.
        case timedOut
        /// It could not be started.
        case notStarted(String)
        /// Its host does not answer any more: nobody knows how it ended, or will.
        case lost(String)
        /// Another has the right to run by now: the host refused it.
        case overtaken(String)
    }
    public var ending: Ending
    public var output: String
    /// Bytes of output that were left out.
    public var cut: Int
    public var milliseconds: Int
    /// A process that it left behind still holds its output.
    public var leftBehind: Bool

    public init(
        _ ending: Ending, output: String = "", cut: Int = 0, milliseconds: Int = 0,
        leftBehind: Bool = false
    ) {
        self.ending = ending
        self.output = output
        self.cut = cut
        self.milliseconds = milliseconds
        self.leftBehind = leftBehind
    }

    public var succeeded: Bool { ending == .exited(0) }

    /// How it ended, in words; `limit` is how many seconds it had.
    public func words(limit: Int) -> String {
        let last = output.parts(separator: "\n").last.map { ": \($0.prefix(200))" } ?? ""
        let left = leftBehind ? "; it left a process behind that holds its output" : ""
        switch ending {
        case .exited(0): return "succeeded" + left
        case .exited(let code): return "exited with \(code)\(last)" + left
        case .killed(let signal): return "was killed by signal \(signal)\(last)"
        case .timedOut: return "ran longer than \(limit) s and was stopped\(last)" + left
        case .notStarted(let why): return "could not be started: \(why)"
        case .lost(let why): return "was lost sight of: \(why)"
        case .overtaken(let token): return "was refused: the host has seen the lease \(token)"
        }
    }
}

/// One start of a step, told apart from every other: where its process is found again after a
/// crash, and which start a host has seen already.
public struct Job: Hashable, Sendable {
    public var run: EntryID
    public var step: Int
    /// The fencing token under which it was started.
    public var token: Int
    public var environment: EnvironmentName
    /// Where the process leaves its number, if it runs here.
    public var processFile: String

    public init(
        run: EntryID, step: Int, token: Int, environment: EnvironmentName, processFile: String
    ) {
        self.run = run
        self.step = step
        self.token = token
        self.environment = environment
        self.processFile = processFile
    }
}

/// A command line with all that it needs to run.
public struct Invocation: Hashable, Sendable {
    public var command: [String]
    public var folder: String
    public var variables: [String: String]
    public var seconds: Int
    /// Which start of which step it is; `nil` for one that is not found again.
    public var job: Job?
    /// Whether it asks something: its answer is what it prints, without its complaints.
    public var isQuestion: Bool
    /// The host that it runs on, if that is not this machine.
    public var server: Server?
    /// What it reads from standard input.
    public var input: [UInt8]

    public init(
        command: [String], folder: String, variables: [String: String], seconds: Int,
        job: Job? = nil, isQuestion: Bool = false, server: Server? = nil, input: [UInt8] = []
    ) {
        self.isQuestion = isQuestion
        self.command = command
        self.folder = folder
        self.variables = variables
        self.seconds = seconds
        self.job = job
        self.server = server
        self.input = input
    }
}

/// What became of a step that was started earlier, as far as its machine can tell.
public enum EarlierStart: Hashable, Sendable {
    case ended(StepResult)
    /// It still runs.
    case running
    /// It never began.
    case never
    /// It runs no more, and nothing tells how it ended.
    case unknown
    /// Its host does not answer.
    case unreachable(String)
}

/// The port to what carries steps out. It never sees the ledger: a command line in, a result out.
public protocol Runner: Sendable {
    /// Carries it out to its end. `hearing` is told, while it is under way, the whole line that it
    /// printed last: for people's eyes, with secrets in it.
    func run(
        _ invocation: Invocation, hearing: (@Sendable (String) -> Void)?
    ) async -> StepResult
    /// Tells what became of an earlier start, and waits at most so many seconds for it to end.
    func look(for job: Job, on server: Server?, within seconds: Int) async -> EarlierStart
    /// Writes a bundle's files where steps can use them, and gives the folder.
    func unpack(
        _ files: [BundleFile: [UInt8]], of bundle: ContentHash, on server: Server?
    ) async throws -> String
}

extension Runner {
    public func run(_ invocation: Invocation) async -> StepResult {
        await run(invocation, hearing: nil)
    }
}
