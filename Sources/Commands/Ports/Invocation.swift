public import Ledger
internal import LedgerText

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
