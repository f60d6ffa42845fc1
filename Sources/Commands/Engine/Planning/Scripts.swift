public import Commands
public import Ledger
internal import Projections

/// Rollback scripts that work without `ledger`, made from kept bundles.
extension Planner {
    /// The steps to the target, for a script that does not need a ledger.
    public func script(
        to target: Target, in environment: EnvironmentName, services: [ServiceName]
    ) async throws -> Script {
        let sealed = try await sealed(environment)
        return try await sealed.sealedScript(to: target, in: environment, services)
    }

    private func sealedScript(
        to target: Target, in environment: EnvironmentName, _ services: [ServiceName]
    ) async throws -> Script {
        let view = try await projector.environment(environment)
        let past = try await past(target, in: environment, view, services: services)
        var hashes: [ContentHash] = []
        var warnings: [String] = []
        for (service, entry) in past {
            let part = try await part(for: entry, service, environment)
            hashes.append(part.bundleHash)
            let release = part.bundle.release
            if let fence = view.fence(against: release) {
                warnings.append("\(release.service) \(release.title) is fenced: \(fence.reason)")
            }
            let since = try await projector.migrations(
                of: service, in: environment, after: entry)
            let names = since.compactMap { $0.payload["name"]?.string }
            if !names.isEmpty {
                warnings.append(
                    "the script does not revert migrations; applied since \(release.title) ran: "
                        + names.joined(separator: ", "))
            }
        }
        return try await script(of: hashes, in: environment, warnings)
    }

    /// The script of kept bundles, with the present hosts.
    public func script(
        of bundles: [ContentHash], in environment: EnvironmentName, _ warnings: [String] = []
    ) async throws -> Script {
        let place = playbook.environments[environment] ?? Playbook.Environment()
        var parts: [KeptBundle] = []
        for hash in bundles {
            let kept = try await KeptBundle(hash, from: store)
            try Plan.refuseUnreached(kept.bundle, place)
            parts.append(kept)
        }
        return Script(
            of: parts, in: environment, place,
            configuration: try playbook.sshConfiguration.map { try bundleMaker.text(of: $0) },
            warnings: warnings, signers: try place.signers.map { try bundleMaker.text(of: $0) })
    }
}
