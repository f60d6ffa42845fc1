public import Ledger
internal import LedgerText

/// One start of a step, distinct from every other: it identifies the process after a crash, and the
/// starts that a host has already seen.
public struct Job: Hashable, Sendable {
    public var run: EntryID
    public var step: Int
    /// The fencing token under which it was started.
    public var token: Int
    public var environment: EnvironmentName
    /// The file for the process number, if the process runs on this machine.
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

/// A command line with everything that it needs to run.
public struct Invocation: Hashable, Sendable {
    public var command: [String]
    public var folder: String
    public var variables: [String: String]
    public var seconds: Int
    /// Identifies the start of the step; `nil` if it is never looked up again.
    public var job: Job?
    /// Whether it is a query: its answer is its standard output, without standard error.
    public var isQuestion: Bool
    /// The host that it runs on, if not this machine.
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
