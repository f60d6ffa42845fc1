internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerText
internal import Projections

extension RunSession {
    /// How the host of a step is reached; `nil` if the step runs here.
    func server(of step: Step) -> Server? { plan.server(ofStep: step.number) }

    func job(of step: Step, token: Int) -> Job {
        conductor.context.job(
            of: id, step: step.number, token: token, in: plan.environment)
    }

    /// A step's command line with its environment. Values are passed as variables, never inserted
    /// into the line.
    func invocation(
        _ command: [String], for step: Step, attempt: Int, isCheck: Bool = false
    ) -> Invocation {
        let move = plan.moves.first { $0.service == step.service }
        var variables = self.variables(step.bundle, site(step.site, step.host)?.host)
        let isBack = plan.back.contains { $0.number == step.number }
        // A step that reverts a migration runs with the release that made it.
        let isFrom = isBack || step.migration != nil
        set(isFrom ? move?.from : move?.to, "LEDGER", in: &variables)
        set(isFrom ? move?.to : move?.from, "LEDGER_FROM", in: &variables)
        variables["LEDGER_MIGRATION"] = step.migration
        variables["LEDGER_IMAGE"] = unpacked.bundles[step.bundle].flatMap { bundle in
            try? bundle.imageReference()
        }
        variables["LEDGER_SERVICE"] = step.service.rawValue
        variables["LEDGER_HOST"] = step.host.rawValue
        variables["LEDGER_ADDRESS"] = plan.server(step.host)?.address
        variables["LEDGER_STEP"] = String(step.number)
        variables["LEDGER_ATTEMPT"] = String(attempt)
        var invocation = placed(command, step.bundle, variables, site(step.site, step.host))
        invocation.seconds = step.seconds
        invocation.job = isCheck ? nil : job(of: step, token: token)
        return invocation
    }

    /// A probe's command line with its environment.
    func invocation(
        _ command: [String], _ move: Plan.Move, _ host: HostName, back: Bool, seconds: Int,
        _ site: Site?
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
        var invocation = placed(command, bundle, variables, server)
        invocation.seconds = seconds
        invocation.isQuestion = true
        return invocation
    }

    private func site(_ site: Site?, _ host: HostName) -> Server? {
        site == .host ? plan.server(host) : nil
    }

    private func placed(
        _ command: [String], _ bundle: ContentHash, _ variables: [String: String],
        _ server: Server?
    ) -> Invocation {
        let folder = unpacked.folders[.init(bundle: bundle, host: server?.host)]
        return Invocation(
            command: resolved(command, in: bundle, folder),
            folder: server == nil ? conductor.context.folder : folder ?? "/",
            variables: variables, seconds: 0, server: server)
    }

    private func variables(_ bundle: ContentHash, _ host: HostName?) -> [String: String] {
        let names =
            unpacked.bundles[bundle].map { Array($0.variables.keys) + Array($0.secrets.keys) } ?? []
        var variables = conductor.context.variables(named: names)
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

    /// The command line with file names of the bundle replaced by the paths of those files.
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
