public import Ledger

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
}

/// How something is asked: by a command line or over HTTP.
public struct Probe: Codable, Hashable, Sendable {
    public var run: [String]?
    /// Addresses by environment; `*` for all.
    public var http: [String: String]?
    /// The member of a JSON answer that tells.
    public var field: String?
    public var seconds: Int

    public init(
        run: [String]? = nil, http: [String: String]? = nil, field: String? = nil, seconds: Int = 10
    ) {
        self.run = run
        self.http = http
        self.field = field
        self.seconds = seconds
    }

    /// The command line that asks, in an environment. HTTP is asked by curl: no settings of this
    /// machine's, no retries; an answer that leads elsewhere is none.
    public func command(in environment: EnvironmentName) -> [String]? {
        if let run { return run }
        guard let address = http?[environment.rawValue] ?? http?["*"] else { return nil }
        return [
            "curl", "--disable", "--silent", "--show-error", "--fail", "--location",
            "--max-redirs", "0", "--max-time", String(seconds), "--proto", "=http,https", "--",
            address,
        ]
    }
}

/// What healthy means: a probe that must succeed so many times in a row, before a deadline.
public struct HealthCheck: Codable, Hashable, Sendable {
    public var probe: Probe
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
}

/// A command line with all that it needs to run.
public struct Invocation: Hashable, Sendable {
    public var command: [String]
    public var folder: String
    public var variables: [String: String]
    public var seconds: Int
    /// Where the process leaves its number, so that it is found again after a crash.
    public var processFile: String?
    /// Whether it asks something: its answer is what it prints, without its complaints.
    public var isQuestion: Bool

    public init(
        command: [String], folder: String, variables: [String: String], seconds: Int,
        processFile: String? = nil, isQuestion: Bool = false
    ) {
        self.isQuestion = isQuestion
        self.command = command
        self.folder = folder
        self.variables = variables
        self.seconds = seconds
        self.processFile = processFile
    }
}

/// The port to what carries steps out. It never sees the ledger: a command line in, a result out.
public protocol Runner: Sendable {
    func run(_ invocation: Invocation) async -> StepResult
    /// Waits, at most so many seconds, until a process that an earlier run left behind has ended;
    /// false if it still runs.
    func ended(processFile: String, within seconds: Int) async -> Bool
    /// Writes a bundle's files where steps can use them, and gives the folder.
    func unpack(_ files: [BundleFile: [UInt8]], of bundle: ContentHash) async throws -> String
}
