public import Ledger
internal import LedgerText
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

    /// One start of a step.
    func job(
        of run: EntryID, step: Int, token: Int, in environment: EnvironmentName
    ) -> Job {
        Job(
            run: run, step: step, token: token, environment: environment,
            processFile: processFile(run: run, step: step))
    }

    /// Variables that every step sees, if they are set: what programs need to find their way.
    static let common = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR",
        "SSH_AUTH_SOCK", "DOCKER_HOST", "DOCKER_CONFIG", "XDG_RUNTIME_DIR",
    ]

    /// Those of them that are set, and the common ones.
    public func variables(named names: some Sequence<String>) -> [String: String] {
        Set(Self.common).union(names).reduce(into: [:]) { $0[$1] = variables[$1] }
    }
}

extension Session {
    /// How the host of a step is reached; `nil` if the step runs here.
    func server(of step: Step) -> Server? { plan.server(ofStep: step.number) }

    func job(of step: Step, token: Int) -> Job {
        conductor.workshop.job(
            of: id, step: step.number, token: token, in: plan.environment)
    }

    /// A step's command line with what it sees: its values as variables, never pasted into the
    /// line.
    func invocation(
        _ command: [String], for step: Step, attempt: Int, isCheck: Bool = false
    ) -> Invocation {
        let move = plan.moves.first { $0.service == step.service }
        var variables = self.variables(step.bundle, site(step.site, step.host)?.host)
        let isBack = plan.back.contains { $0.number == step.number }
        // What takes a migration back is run with the release that made it.
        let isFrom = isBack || step.migration != nil
        set(isFrom ? move?.from : move?.to, "LEDGER", in: &variables)
        set(isFrom ? move?.to : move?.from, "LEDGER_FROM", in: &variables)
        variables["LEDGER_MIGRATION"] = step.migration
        variables["LEDGER_IMAGE"] = unpacked.bundles[step.bundle].flatMap { bundle in
            try? bundle.container?.reference(bundle.release)
        }
        variables["LEDGER_SERVICE"] = step.service.rawValue
        variables["LEDGER_HOST"] = step.host.rawValue
        variables["LEDGER_ADDRESS"] = plan.server(step.host)?.address
        variables["LEDGER_STEP"] = String(step.number)
        variables["LEDGER_ATTEMPT"] = String(attempt)
        return placed(
            command, step.bundle, variables, step.seconds, site(step.site, step.host),
            job: isCheck ? nil : job(of: step, token: token))
    }

    /// A probe's command line with what it sees.
    func invocation(
        _ command: [String], _ move: Plan.Move, _ host: HostName, _ back: Bool, seconds: Int,
        _ site: Step.Site?
    ) -> Invocation {
        let isBack = back && run.isPuttingBack
        let bundle = isBack ? move.bundleBack ?? move.bundle : move.bundle
        let server = self.site(site, host)
        var variables = self.variables(bundle, server?.host)
        set(isBack ? move.from : move.to, "LEDGER", in: &variables)
        set(isBack ? move.to : move.from, "LEDGER_FROM", in: &variables)
        variables["LEDGER_SERVICE"] = move.service.rawValue
        variables["LEDGER_HOST"] = host.rawValue
        variables["LEDGER_ADDRESS"] = plan.server(host)?.address
        return placed(command, bundle, variables, seconds, server, isQuestion: true)
    }

    private func site(_ site: Step.Site?, _ host: HostName) -> Server? {
        site == .host ? plan.server(host) : nil
    }

    private func placed(
        _ command: [String], _ bundle: ContentHash, _ variables: [String: String], _ seconds: Int,
        _ server: Server?, job: Job? = nil, isQuestion: Bool = false
    ) -> Invocation {
        let folder = unpacked.folders[.init(bundle: bundle, host: server?.host)]
        return Invocation(
            command: resolved(command, in: bundle, folder),
            folder: server == nil ? conductor.workshop.folder : folder ?? "/",
            variables: variables, seconds: seconds, job: job, isQuestion: isQuestion,
            server: server)
    }

    private func variables(_ bundle: ContentHash, _ host: HostName?) -> [String: String] {
        let names =
            unpacked.bundles[bundle].map { Array($0.variables.keys) + Array($0.secrets.keys) } ?? []
        var variables = conductor.workshop.variables(named: names)
        variables["LEDGER_ENVIRONMENT"] = plan.environment.rawValue
        variables["LEDGER_KIND"] = plan.kind.rawValue
        variables["LEDGER_RUN"] = id.description
        variables["LEDGER_TOKEN"] = String(token)
        variables["LEDGER_BUNDLE"] = unpacked.folders[.init(bundle: bundle, host: host)]
        return variables
    }

    private func set(_ release: Release?, _ prefix: String, in variables: inout [String: String]) {
        variables["\(prefix)_TAG"] = release?.tag?.rawValue
        variables["\(prefix)_DIGEST"] = release?.digest?.rawValue
        variables["\(prefix)_REVISION"] = release?.revision?.rawValue
    }

    /// The command line with each word that names a file of the bundle replaced by where that file
    /// lies.
    private func resolved(
        _ command: [String], in bundle: ContentHash, _ folder: String?
    ) -> [String] {
        guard let folder, let files = unpacked.bundles[bundle]?.files else { return command }
        let paths = Set(files.map(\.path))
        return command.map { word in
            let plain = word.begins(with: "./") ? String(word.dropFirst(2)) : word
            if paths.contains(word) { return "\(folder)/\(word)" }
            return paths.contains(plain) ? "\(folder)/\(plain)" : word
        }
    }
}
