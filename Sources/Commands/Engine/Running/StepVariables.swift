internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerText
internal import Projections

/// The variables that describe a step to its program (docs/playbook.md lists them).
extension RunSession {
    /// The variables of one attempt of a step.
    func variables(of step: Step, _ attempt: Int, on server: Server?) -> [String: String] {
        let move = plan.moves.first { $0.service == step.service }
        var variables = self.variables(step.bundle, step.service, step.host, on: server)
        let isBack = plan.back.contains { $0.number == step.number }
        // A step that reverts a migration runs with the release that made it.
        let isFrom = isBack || step.migration != nil
        set(isFrom ? move?.from : move?.to, "LEDGER", in: &variables)
        set(isFrom ? move?.to : move?.from, "LEDGER_FROM", in: &variables)
        variables["LEDGER_MIGRATION"] = step.migration
        variables["LEDGER_IMAGE"] = unpacked.bundles[step.bundle].flatMap { bundle in
            try? bundle.imageReference()
        }
        variables["LEDGER_STEP"] = String(step.number)
        variables["LEDGER_ATTEMPT"] = String(attempt)
        return variables
    }

    /// The variables that every step and probe gets.
    func variables(
        _ bundle: ContentHash, _ service: ServiceName, _ host: HostName, on server: Server?
    ) -> [String: String] {
        let names =
            unpacked.bundles[bundle].map { Array($0.variables.keys) + Array($0.secrets.keys) } ?? []
        var variables = conductor.context.variables(named: names)
        variables["LEDGER_ENVIRONMENT"] = plan.environment.rawValue
        variables["LEDGER_KIND"] = plan.kind.rawValue
        variables["LEDGER_RUN"] = id.description
        variables["LEDGER_TOKEN"] = String(token)
        variables["LEDGER_BUNDLE"] = unpacked.folders[.init(bundle: bundle, host: server?.host)]
        variables["LEDGER_SERVICE"] = service.rawValue
        variables["LEDGER_HOST"] = host.rawValue
        variables["LEDGER_ADDRESS"] = plan.server(host)?.address
        return variables
    }

    /// Sets the variables of a release: `LEDGER_TAG`, or `LEDGER_FROM_TAG` of the one before.
    func set(_ release: Release?, _ prefix: String, in variables: inout [String: String]) {
        variables["\(prefix)_TAG"] = release?.tag?.rawValue
        variables["\(prefix)_DIGEST"] = release?.digest?.rawValue
        variables["\(prefix)_REVISION"] = release?.revision?.rawValue
    }
}
