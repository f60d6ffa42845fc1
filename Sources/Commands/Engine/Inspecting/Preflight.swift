public import CommandPorts
public import Commands
public import CommandSecrets
public import Ledger
internal import LedgerText
public import Projections

/// Inspects the hosts of a plan without changing them.
public struct Preflight: Sendable {
    let runner: any Runner
    let context: StepContext
    let secretFilter: SecretFilter

    public init(runner: any Runner, context: StepContext, secretFilter: SecretFilter) {
        self.runner = runner
        self.context = context
        self.secretFilter = secretFilter
    }

    /// The time limit for a host's answer, in seconds.
    static let seconds = 30

    /// The report of each host, in the plan's order; hosts are inspected in parallel. Services that
    /// `ledger` does not start itself are skipped.
    public func look(at plan: Plan, _ bundles: [Bundle]) async throws -> [HostReport] {
        var asked: [Asked] = []
        for bundle in bundles where bundle.container != nil {
            // Hosts without steps are inspected too: another tool may have changed them.
            let move = plan.moves.first { $0.service == bundle.release.service }
            let hosts = move?.hosts ?? plan.servers?.map(\.host) ?? bundle.hosts
            let kept = move?.kept?.volumes ?? []
            asked += hosts.map {
                Asked(bundle: bundle, host: $0, server: plan.server($0), kept: kept)
            }
        }
        return try await look(at: asked)
    }

    /// The query for one host.
    struct Asked {
        let bundle: Bundle
        let host: HostName
        let server: Server?
        /// Volumes of the current release that contain data.
        var kept: [String] = []
    }

    /// The reports of the given hosts, in the given order; this requires no plan.
    func look(at asked: [Asked]) async throws -> [HostReport] {
        try await withThrowingTaskGroup(of: (Int, HostReport?).self) { tasks in
            for (place, one) in asked.enumerated() {
                tasks.addTask { (place, try await look(at: one)) }
            }
            return try await tasks.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
                .compactMap(\.1)
        }
    }

    /// The report of one host for one bundle; `nil` if the bundle has no container.
    private func look(at asked: Asked) async throws -> HostReport? {
        let (bundle, host) = (asked.bundle, asked.host)
        guard let container = bundle.container else { return nil }
        let volumes = bundle.allVolumes
        let command = try container.preflight(
            bundle.release, volumes: volumes + asked.kept.filter { !volumes.contains($0) },
            needs: bundle.needs?.asked ?? [])
        let result = await ask(command, asked.server)
        let output = secretFilter.redacted(result.output)
        var report = HostReport(host, bundle.release.service, output)
        if result.succeeded { return report }
        let last = output.parts(separator: "\n").last.map(String.init)
        report.problem =
            switch result.ending {
            case .exited: last ?? "the engine did not answer"
            default: result.words(limit: Self.seconds)
            }
        return report
    }

    /// Runs a query of `container.sh` on a host.
    func ask(_ command: [String], _ server: Server?) async -> StepResult {
        await runner.run(
            Invocation(
                command: ["sh", "-c", Container.scriptText] + command,
                folder: server == nil ? context.folder : "/",
                variables: context.variables(named: []), seconds: Self.seconds, isQuestion: true,
                server: server))
    }

    /// Throws `Refusal` if a host cannot be reached, or if it drifted and nobody has accepted the
    /// drift. Returns the accepted drifts as text.
    public static func accept(
        _ reports: [HostReport], in view: EnvironmentView, _ plan: Plan, accepted: Set<HostName>
    ) throws(Refusal) -> [String] {
        var bad: [HostName: String] = [:]
        for report in reports { bad[report.host] = bad[report.host] ?? report.problem }
        if let first = bad.keys.min() {
            let names = bad.keys.sorted().map(\.rawValue).joined(separator: ", ")
            let causes = bad.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            throw Refusal(
                .unreachable,
                bad.count == 1 ? "\(names) is not ready" : "\(names) are not ready",
                cause: bad.count == 1 ? bad[first] : causes.joined(separator: "; "),
                hint: plan.server(first).map {
                    "test the connection with the same configuration (-F): ssh \($0.ssh) true"
                })
        }
        for report in reports {
            let move = plan.moves.first { $0.service == report.service }
            try HostNeedsCheck.refuseMissing(report, move)
        }
        var words: [String] = []
        for report in reports {
            guard let drift = drift(report, view[report.service]) else { continue }
            let isMoved = plan.moves.contains { $0.service == report.service }
            guard isMoved, accepted.contains(report.host) else {
                throw Refusal(
                    .drifted, "\(report.host) does not run the recorded release", cause: drift,
                    hint: "find out who changed it; to "
                        + (isMoved ? "continue from there: " : "correct it: --again ")
                        + "--accept-drift \(report.host)")
            }
            words.append(drift)
        }
        return words
    }

    /// How a host differs from the ledger's record of it; `nil` if it does not.
    private static func drift(_ report: HostReport, _ state: ServiceState?) -> String? {
        let seen = state?.hosts.first { $0.host == report.host && $0.reachable }
        let believed = seen?.digest ?? state?.release?.digest
        let now = report.runs.first?.first.map { "\($0)" } ?? "nothing"
        guard let believed else {
            if report.runs.isEmpty || state?.release != nil { return nil }
            return "\(report.service) runs \(now) there, but no deploy is recorded"
        }
        if report.runs(believed) { return nil }
        return "\(report.service) runs \(now) there, but the ledger has \(believed)"
    }
}
