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
        let server = site(step.site, step.host)
        var invocation = placed(
            command, step.bundle, variables(of: step, attempt, on: server), server)
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
        var variables = self.variables(bundle, move.service, host, on: server)
        set(isBack ? move.from : move.to, "LEDGER", in: &variables)
        set(isBack ? move.to : move.from, "LEDGER_FROM", in: &variables)
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
