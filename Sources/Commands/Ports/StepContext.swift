public import Ledger
internal import LedgerText

/// Where steps run and what they can read: the project's folder, a folder for files of runs, and
/// the variables.
public struct StepContext: Sendable {
    /// The playbook's folder.
    public let folder: String
    /// The folder for process numbers, beside the ledger.
    public let runs: String
    let variables: [String: String]

    public init(folder: String, runs: String, variables: [String: String]) {
        self.folder = folder
        self.runs = runs
        self.variables = variables
    }

    /// The file for the number of a step's process.
    public func processFile(run: EntryID, step: Int) -> String { "\(runs)/\(run)-\(step).pid" }

    /// One start of a step.
    package func job(
        of run: EntryID, step: Int, token: Int, in environment: EnvironmentName
    ) -> Job {
        Job(
            run: run, step: step, token: token, environment: environment,
            processFile: processFile(run: run, step: step))
    }

    /// Variables that every step can read, if they are set: programs need them.
    static let common = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR",
        "SSH_AUTH_SOCK", "DOCKER_HOST", "DOCKER_CONFIG", "XDG_RUNTIME_DIR",
    ]

    /// The named variables that are set, and the common ones.
    public func variables(named names: some Sequence<String>) -> [String: String] {
        Set(Self.common).union(names).reduce(into: [:]) { $0[$1] = variables[$1] }
    }
}
