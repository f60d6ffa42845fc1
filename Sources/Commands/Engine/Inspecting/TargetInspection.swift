internal import CommandPorts
public import Commands
public import Ledger
internal import Projections

/// Checks on hosts and in registries whether releases can be rolled back to.
public struct TargetInspection: Sendable {
    let preflight: Preflight
    let registries: RegistryCheck

    public init(preflight: Preflight, registries: RegistryCheck) {
        self.preflight = preflight
        self.registries = registries
    }

    /// The checks to record: each release with a container on each present host. Hosts are checked
    /// in parallel, releases one after the other.
    public func look(
        at reports: [RollbackTarget], in name: EnvironmentName, _ place: Playbook.Environment
    ) async throws -> [TargetCheck] {
        var checks: [TargetCheck] = []
        for bundle in reports.compactMap(\.bundle) where bundle.container != nil {
            let seen = try await preflight.look(
                at: place.hosts.sorted().map { host in
                    Preflight.Asked(
                        bundle: bundle, host: host,
                        server: place.servers.first { $0.host == host })
                })
            let registry = await registries.look(
                at: [bundle], for: { Set(seen.compactMap(\.platform)) }
            ).first
            for host in seen {
                let why = host.problem ?? registry.flatMap { $0.obstacle(on: host) }
                let release = bundle.release
                checks.append(
                    TargetCheck(
                        environment: name, service: release.service,
                        outcome: why == nil ? .succeeded : .failed, tag: release.tag,
                        digest: release.digest, revision: release.revision, host: host.host,
                        detail: why ?? (host.imageIsPresent ? "image present" : "to be pulled")))
            }
        }
        return checks
    }
}
