public import CommandPorts
public import Commands
public import Ledger
internal import LedgerText
public import Projections

/// An image that an environment needs for a rollback, and the reason.
public struct RetainedImage: Hashable, Sendable {
    public let environment: EnvironmentName
    public let release: Release
    /// The repository, if `ledger` starts it: `registry.example/shop/web`.
    public let repository: String?
    public let why: String

    /// `repository@sha256:…`, or the digest alone.
    public var image: String {
        let digest = release.digest?.rawValue ?? ""
        return repository.map { "\($0)@\(digest)" } ?? digest
    }
}

/// Images of a host that no environment needs.
public struct UnusedImages: Hashable, Sendable {
    public let host: HostName
    public let server: Server?
    /// The ssh configuration file; `nil` for the user's own.
    public let configuration: String?
    public let engine: Container.Engine
    public let images: [String]
    /// Why the host could not be checked.
    public let problem: String?

    /// The command line that removes them; `nil` if there are none.
    public var command: String? {
        if images.isEmpty { return nil }
        // The host's shell parses this line; this machine's shell parses it once before.
        let there = Quote.shellLine([engine.rawValue, "image", "rm"] + images)
        guard let server else { return there }
        let file = configuration.map { ["-F", $0] } ?? []
        return Quote.shellLine(["ssh"] + file + [server.ssh, there])
    }
}

/// The images that must be kept, so that a clean-up never removes a rollback target.
public struct Retention: Sendable {
    let projector: Projector
    /// The number of good releases of each service that are kept, besides the current one.
    let good: Int

    public init(_ projector: Projector, good: Int) {
        self.projector = projector
        self.good = good
    }

    /// The images that these environments need; each image once for each, with the first reason.
    public func needed(by environments: [EnvironmentName]) async throws -> [RetainedImage] {
        var all: [RetainedImage] = []
        for name in environments { all += try await needed(by: name) }
        return all
    }

    private func needed(by name: EnvironmentName) async throws -> [RetainedImage] {
        let view = try await projector.environment(name)
        let deployments = try await projector.deployments(of: nil, in: name)
        var repositories: [ServiceName: String] = [:]
        var needed: [RetainedImage] = []
        func add(_ release: Release?, _ why: String) {
            guard let release, release.digest != nil,
                !needed.contains(where: { $0.release.digest == release.digest })
            else { return }
            needed.append(
                RetainedImage(
                    environment: name, release: release,
                    repository: repositories[release.service], why: why))
        }
        for past in deployments {
            let entry = try await projector.store.entry(at: past.entry)
            let bundle = try? await projector.store.bundle(of: entry)?.0
            if let image = bundle?.repository { repositories[past.release.service] = image }
        }
        for state in view.services { add(state.release, "runs now") }
        for run in try await projector.runs(in: name) where run.isOpen {
            guard let hash = run.plan, let bytes = try await projector.store.content(hash) else {
                continue
            }
            for move in try Plan(content: bytes).moves {
                add(move.to, "run \(run.number) is open")
                add(move.from, "run \(run.number) is open")
            }
        }
        for pin in view.marks where pin.kind == .pin { add(pin.release, "pinned: \(pin.reason)") }
        var counts: [ServiceName: Int] = [:]
        for past in deployments.reversed() {
            let release = past.release
            let isNew = !needed.contains { $0.release.digest == release.digest }
            guard isNew, counts[release.service, default: 0] < good, release.digest != nil,
                view.fence(against: release) == nil,
                try await projector.store.entry(at: past.entry)?.saysAfterLooking("verified")
                    == true
            else { continue }
            counts[release.service, default: 0] += 1
            add(release, "good release \(counts[release.service] ?? 0) of \(good)")
        }
        return needed
    }

    /// The other images of the same repositories, on each host of the playbook.
    public func unused(
        besides needed: [RetainedImage], _ playbook: Playbook, _ preflight: Preflight
    ) async -> [UnusedImages] {
        let kept = Set(needed.compactMap { $0.release.digest?.rawValue })
        var found: [UnusedImages] = []
        var asked: Set<String> = []
        for (name, place) in playbook.environments.sorted(by: { $0.key < $1.key }) {
            for host in place.hosts {
                let server = place.servers.first { $0.host == host }
                for service in playbook.services(in: name) {
                    guard let container = playbook.services[service]?.container,
                        asked.insert("\(server?.ssh ?? "") \(container.engine) \(container.image)")
                            .inserted
                    else { continue }
                    let result = await preflight.ask(container.images, server)
                    let images = result.output.parts(separator: "\n").map(String.init).filter {
                        !kept.contains($0.parts(separator: "@").last.map(String.init) ?? "")
                    }
                    found.append(
                        UnusedImages(
                            host: host, server: server,
                            configuration: playbook.sshConfiguration, engine: container.engine,
                            images: result.succeeded ? images : [],
                            problem: result.succeeded
                                ? nil : result.words(limit: Preflight.seconds)))
                }
            }
        }
        return found
    }
}
