public import Ledger
internal import Projections

/// Where steps run and what they see: the project's folder, a folder for what runs leave, the
/// variables.
public struct Workshop: Sendable {
    /// The playbook's folder.
    public let folder: String
    /// Where process numbers are left, beside the ledger.
    public let runs: String
    let variables: [String: String]

    public init(folder: String, runs: String, variables: [String: String]) {
        self.folder = folder
        self.runs = runs
        self.variables = variables
    }

    /// Where a step's process leaves its number.
    public func processFile(run: EntryID, step: Int) -> String { "\(runs)/\(run)-\(step).pid" }

    /// Variables that every step sees, if they are set: what programs need to find their way.
    static let common = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR",
        "SSH_AUTH_SOCK", "DOCKER_HOST", "DOCKER_CONFIG", "XDG_RUNTIME_DIR",
    ]

    func variables(named names: some Sequence<String>) -> [String: String] {
        Set(Self.common).union(names).reduce(into: [:]) { $0[$1] = variables[$1] }
    }
}

extension Session {
    /// A step's command line with what it sees: its values as variables, never pasted into the
    /// line.
    func invocation(
        _ command: [String], for step: Step, attempt: Int, isCheck: Bool = false
    ) -> Invocation {
        let move = plan.moves.first { $0.service == step.service }
        var variables = self.variables(step.bundle)
        let isBack = plan.back.contains { $0.number == step.number }
        set(isBack ? move?.from : move?.to, "LEDGER", in: &variables)
        set(isBack ? move?.to : move?.from, "LEDGER_FROM", in: &variables)
        variables["LEDGER_SERVICE"] = step.service.rawValue
        variables["LEDGER_HOST"] = step.host.rawValue
        variables["LEDGER_STEP"] = String(step.number)
        variables["LEDGER_ATTEMPT"] = String(attempt)
        return Invocation(
            command: resolved(command, in: step.bundle), folder: conductor.workshop.folder,
            variables: variables, seconds: step.seconds,
            processFile: isCheck
                ? nil : conductor.workshop.processFile(run: id, step: step.number))
    }

    /// A probe's command line with what it sees.
    func invocation(
        _ command: [String], _ move: Plan.Move, _ host: HostName, seconds: Int
    ) -> Invocation {
        let bundle = run.isPuttingBack ? move.bundleBack ?? move.bundle : move.bundle
        var variables = self.variables(bundle)
        set(run.isPuttingBack ? move.from : move.to, "LEDGER", in: &variables)
        set(run.isPuttingBack ? move.to : move.from, "LEDGER_FROM", in: &variables)
        variables["LEDGER_SERVICE"] = move.service.rawValue
        variables["LEDGER_HOST"] = host.rawValue
        return Invocation(
            command: resolved(command, in: bundle), folder: conductor.workshop.folder,
            variables: variables, seconds: seconds, isQuestion: true)
    }

    private func variables(_ bundle: ContentHash) -> [String: String] {
        let names =
            unpacked.bundles[bundle].map { Array($0.variables.keys) + Array($0.secrets.keys) } ?? []
        var variables = conductor.workshop.variables(named: names)
        variables["LEDGER_ENVIRONMENT"] = plan.environment.rawValue
        variables["LEDGER_KIND"] = plan.kind.rawValue
        variables["LEDGER_RUN"] = id.description
        variables["LEDGER_TOKEN"] = String(token)
        variables["LEDGER_BUNDLE"] = unpacked.folders[bundle]
        return variables
    }

    private func set(_ release: Release?, _ prefix: String, in variables: inout [String: String]) {
        variables["\(prefix)_TAG"] = release?.tag?.rawValue
        variables["\(prefix)_DIGEST"] = release?.digest?.rawValue
        variables["\(prefix)_REVISION"] = release?.revision?.rawValue
    }

    /// The command line with each word that names a file of the bundle replaced by where that file
    /// lies.
    private func resolved(_ command: [String], in bundle: ContentHash) -> [String] {
        guard let folder = unpacked.folders[bundle], let files = unpacked.bundles[bundle]?.files
        else {
            return command
        }
        let paths = Set(files.map(\.path))
        return command.map { word in
            let plain = word.hasPrefix("./") ? String(word.dropFirst(2)) : word
            if paths.contains(word) { return "\(folder)/\(word)" }
            return paths.contains(plain) ? "\(folder)/\(plain)" : word
        }
    }
}
