public import CommandPorts
public import Commands
internal import Ledger
internal import LedgerText
internal import Projections

/// Asks registries whether the images of a plan can still be had: the manifest by its digest, for
/// an index those of the hosts' platforms, the configuration, all layers; and what the tag names.
public struct RegistryCheck: Sendable {
    let transport: any RegistryTransport
    /// Registries that are asked over plain HTTP: the playbook names them.
    let insecure: Set<String>

    public init(transport: any RegistryTransport, insecure: [String]) {
        self.transport = transport
        self.insecure = Set(insecure)
    }

    /// How many parts are asked for at the same time.
    private static let width = 6

    /// What there is of each image, in the order of the bundles; those without a container have
    /// nothing to ask for. `platforms` are those of the hosts, as far as they are known: only an
    /// index waits for them.
    public func look(
        at bundles: [Bundle], for platforms: @escaping @Sendable () async -> Set<Platform>
    ) async -> [RegistryReport] {
        await withTaskGroup(of: (Int, RegistryReport).self) { tasks in
            for (place, bundle) in bundles.enumerated() {
                guard let container = bundle.container, let digest = bundle.release.digest else {
                    continue
                }
                tasks.addTask {
                    (place, await look(at: container.image, digest, bundle.release, platforms))
                }
            }
            return await tasks.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func look(
        at image: String, _ digest: ImageDigest, _ release: Release,
        _ platforms: @Sendable () async -> Set<Platform>
    ) async -> RegistryReport {
        var report = RegistryReport(service: release.service, image: "\(image)@\(digest)")
        let name = ImageName(image)
        var reader = RegistryReader(
            name, isInsecure: insecure.contains(name.registry), transport)
        do {
            try await parts(of: digest.rawValue, platforms, &reader, &report)
            if let tag = release.tag, let found = try await reader.manifest(tag.rawValue) {
                report.tagged = ImageDigest(rawValue: found.digest)
            }
        } catch {
            report.problem = (error as? HTTPSilence)?.why ?? "\(error)"
        }
        return report
    }

    private func parts(
        of digest: String, _ platforms: @Sendable () async -> Set<Platform>,
        _ reader: inout RegistryReader, _ report: inout RegistryReport
    ) async throws {
        guard let found = try await reader.manifest(digest) else {
            report.missing.append("the manifest \(digest)")
            return
        }
        guard found.digest == digest, let manifest = Manifest(found.bytes) else {
            report.missing.append("the manifest \(digest): what is sent instead is \(found.digest)")
            return
        }
        switch manifest {
        case .image(let config, let layers, let bytes):
            report.layers += layers.count
            report.bytes = max(report.bytes, bytes)
            let words = [(config, "the configuration")] + layers.map { ($0, "the layer") }
            try await blobs(words, reader, &report)
        case .index(let all):
            report.isIndex = true
            let wanted = await platforms()
            for platform in wanted.sorted(by: { "\($0)" < "\($1)" })
            where !all.contains(where: { $0.platform == platform }) {
                report.missing.append("an image for \(platform) in the index \(digest)")
            }
            for part in all where part.platform.map(wanted.contains) ?? false {
                try await parts(of: part.digest, platforms, &reader, &report)
            }
        }
    }

    /// Asks for several parts at a time: each waits for the network.
    private func blobs(
        _ wanted: [(digest: String, what: String)], _ reader: RegistryReader,
        _ report: inout RegistryReport
    ) async throws {
        var reader = reader
        var rest = wanted[...]
        // The first one finds out what proof of identity is wanted.
        guard let first = rest.popFirst() else { return }
        if try await !reader.hasBlob(first.digest) {
            report.missing.append("\(first.what) \(first.digest)")
        }
        let known = reader
        while !rest.isEmpty {
            let some = rest.prefix(Self.width)
            rest = rest.dropFirst(Self.width)
            let lacking = try await withThrowingTaskGroup(of: (Int, String?).self) { tasks in
                for (place, part) in some.enumerated() {
                    tasks.addTask {
                        var reader = known
                        let isThere = try await reader.hasBlob(part.digest)
                        return (place, isThere ? nil : "\(part.what) \(part.digest)")
                    }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
            }
            report.missing += lacking.compactMap(\.1)
        }
    }
}

extension RegistryCheck {
    /// What was seen, judged: throws `Refusal` if a host has to pull what cannot be had; gives
    /// warnings for what only may matter.
    public static func judge(
        _ reports: [RegistryReport], _ hosts: [HostReport], _ plan: Plan
    ) throws(Refusal) -> [String] {
        var warnings: [String] = []
        for report in reports {
            for host in hosts where host.service == report.service {
                guard let why = report.obstacle(on: host) else { continue }
                throw Refusal(
                    report.problem == nil ? .notPossible : .unreachable,
                    "\(host.host) cannot pull \(report.service)", cause: why,
                    hint: hint(report, plan))
            }
            // In words that stay the same: they are part of what is approved.
            if report.problem != nil {
                warnings.append(
                    "the registry could not be asked for \(report.image); every host has it already"
                )
            } else if let obstacle = report.obstacle {
                warnings.append(obstacle + "; every host has it already")
            } else if let words = movedTag(report, plan) {
                warnings.append(words)
            }
        }
        return warnings
    }

    private static func hint(_ report: RegistryReport, _ plan: Plan) -> String {
        if report.problem != nil {
            return "is the registry up, and are you logged in (docker login, podman login)? For "
                + "plain http name it: insecure-registries"
        }
        return report.missing.isEmpty
            ? "what nobody needs: ledger retain --unused"
            : "push it again, or go elsewhere: ledger targets -e \(shell: plan.environment)"
    }

    private static func movedTag(_ report: RegistryReport, _ plan: Plan) -> String? {
        guard let release = plan.moves.first(where: { $0.service == report.service })?.to,
            let tag = release.tag, let tagged = report.tagged, let used = release.digest,
            tagged != used
        else { return nil }
        return "\(tag) names \(tagged) in the registry now; \(used), which is recorded, is used"
    }
}
