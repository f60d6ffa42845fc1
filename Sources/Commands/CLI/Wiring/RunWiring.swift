internal import CommandEngine
internal import CommandPorts
internal import CommandRunners
internal import Commands
internal import CommandSecrets
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerOperations

/// The parts that act: they run steps, inspect hosts and check signatures.
extension Wiring: ActingParts {
    /// Runs the steps of a plan. Hosts are reached with the approved ssh configuration.
    func conductor(
        _ recorder: Recorder, for plan: Plan?, _ listener: RunListener = RunListener()
    ) async throws -> Conductor {
        let configuration = try await approvedConfiguration(plan, recorder.store)
        return Conductor(
            recorder: recorder, runner: try hostRunner(recorder.secretFilter, configuration),
            context: try context(), checker: try signatures(recorder.secretFilter),
            present: { try self.present(for: $0) }, stopped: listener.stopped,
            report: listener.report)
    }

    /// The ssh configuration file with which a plan was approved; `nil` if the plan names none.
    private func approvedConfiguration(
        _ plan: Plan?, _ store: any EventReader
    ) async throws -> String? {
        guard let hash = plan?.sshConfiguration else { return nil }
        guard let bytes = try await store.content(hash) else {
            throw StoreProblem(
                .damaged, "the ssh configuration of the plan is not in the ledger",
                cause: "no content has the hash \(hash)", hint: "run `ledger verify`")
        }
        let file = try home().appending(path: "runs/ssh-\(hash)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        try Data(bytes).write(to: file, options: .atomic)
        return file.path
    }

    /// What a plan depends on, in its present state.
    private func present(for plan: Plan) throws -> PlanBasis {
        let playbook = try playbook()
        let key = try valueKey()
        var basis = PlanBasis(playbook: playbook.hash)
        for name in (plan.settings ?? [:]).keys {
            basis.settings[name] = key.hash(variables[name], of: name)
        }
        let folder = try playbookFile().deletingLastPathComponent()
        basis.sshConfiguration = try playbook.sshConfiguration.flatMap {
            try Self.file($0, in: folder).map { ContentHash(of: $0.bytes) }
        }
        return basis
    }

    func context() throws -> StepContext {
        StepContext(
            folder: try playbookFile().deletingLastPathComponent().path,
            runs: try home().appending(path: "runs").path, variables: variables)
    }

    /// Inspects hosts before a run begins.
    func preflight(_ secretFilter: SecretFilter) throws -> Preflight {
        Preflight(
            runner: try hostRunner(secretFilter), context: try context(), secretFilter: secretFilter
        )
    }

    /// Queries registries for images and tags.
    func registries() throws -> RegistryCheck {
        RegistryCheck(
            transport: transport,
            insecure: try playbook().insecureRegistries)
    }

    /// Asks servers over HTTP.
    var transport: any RegistryTransport { CurlTransport(variables: variables) }

    /// Why a program of a command line cannot be started here; `nil` if it can.
    func missing(_ program: String) -> String? {
        ShellRunner.missing(program, path: variables["PATH"])
    }

    var searchPath: String { variables["PATH"] ?? "empty" }

    /// Makes and checks signatures.
    func signatures(_ secretFilter: SecretFilter) throws -> any SignatureMaker {
        SSHSignatures(
            runner: try shell(secretFilter), variables: variables,
            namespace: ApprovalStatement.namespace)
    }

    /// Runs command lines on this machine.
    func shell(_ secretFilter: SecretFilter) throws -> ShellRunner {
        ShellRunner(bundles: try home().appending(path: "bundles").path, secretFilter: secretFilter)
    }

    /// Runs command lines here and on hosts.
    func hostRunner(
        _ secretFilter: SecretFilter, _ approved: String? = nil
    ) throws -> HostRunner {
        let folder = try playbookFile().deletingLastPathComponent()
        let configuration =
            approved
            ?? (try? playbook())?.sshConfiguration.map { folder.appending(path: $0).path }
        let line = SSHLine(configuration: configuration, sockets: SSHLine.sockets(variables))
        return HostRunner(
            here: try shell(secretFilter), line: line, variables: variables, folder: folder.path)
    }
}
