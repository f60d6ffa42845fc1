public import CommandPorts
public import Commands
internal import Ledger
internal import LedgerText
internal import Projections

/// Checks whether registries still have the images of a plan: the manifest by its digest, the
/// images of an index for the hosts' platforms, the configuration and all layers. Also reads the
/// digest of the tag.
public struct RegistryCheck: Sendable {
    let transport: any RegistryTransport
    /// Registries that use plain HTTP, as named by the playbook.
    let insecure: Set<String>

    public init(transport: any RegistryTransport, insecure: [String]) {
        self.transport = transport
        self.insecure = Set(insecure)
    }

    /// The number of parts that are requested at the same time.
    private static let width = 6

    /// The report of each image, in the order of the bundles; bundles without an image are
    /// skipped. `platforms` are those of the hosts, as far as they are known: only an index waits
    /// for them.
    public func look(
        at bundles: [Bundle], for platforms: @escaping @Sendable () async -> Set<Platform>
    ) async -> [RegistryReport] {
        await withTaskGroup(of: (Int, RegistryReport).self) { tasks in
            for (place, bundle) in bundles.enumerated() {
                guard let image = bundle.repository, let digest = bundle.release.digest else {
                    continue
                }
                tasks.addTask {
                    (place, await look(at: image, digest, bundle.release, platforms))
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
            report.missing.append("the manifest \(digest): the registry sent \(found.digest)")
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
        // The first request finds out which authentication is required.
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
    /// Judges the reports: throws `Refusal` if a host must pull an image that is incomplete.
    /// Returns warnings for problems that do not block.
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
            // Who pulls an image for the service's own steps is unknown: it must be complete.
            if !hosts.contains(where: { $0.service == report.service }) {
                if report.problem != nil {
                    warnings.append("cannot check \(report.image) in the registry")
                    continue
                }
                if let obstacle = report.obstacle {
                    throw Refusal(
                        .notPossible, "the image of \(report.service) cannot be pulled",
                        cause: obstacle, hint: hint(report, plan))
                }
            }
            // The warning's text never varies: it is part of what is approved.
            if report.problem != nil {
                warnings.append(
                    "cannot check \(report.image) in the registry; every host already has it"
                )
            } else if let obstacle = report.obstacle {
                warnings.append(obstacle + "; every host already has it")
            } else if let move = plan.moves.first(where: { $0.service == report.service }),
                let moved = move.to.movedTag(now: report.tagged, in: .registry)
            {
                warnings.append(moved)
            }
        }
        return warnings
    }

    private static func hint(_ report: RegistryReport, _ plan: Plan) -> Hint {
        if report.problem != nil {
            return "check the registry and your login there (docker login, podman login); for "
                + "plain HTTP name it under insecure-registries"
        }
        return report.missing.isEmpty
            ? Hint("list unused images", run: "ledger retain --unused")
            : Hint(
                "push it again, or choose another",
                run: "ledger targets -e \(shell: plan.environment)")
    }
}
