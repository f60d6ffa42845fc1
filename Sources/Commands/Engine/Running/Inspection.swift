internal import CommandPorts
internal import Commands
public import Ledger
public import Projections

/// Observes what services run, outside of any run. It changes no service and records nothing. (It
/// copies the files of a probe to where the probe runs.)
public struct Inspection: Sendable {
    let conductor: Conductor
    let planner: Planner

    public init(conductor: Conductor, planner: Planner) {
        self.conductor = conductor
        self.planner = planner
    }

    /// The observations of services on each host of an environment. Hosts come from the present
    /// playbook. The probe comes from the bundle of the current release, else from the playbook. A
    /// service without a probe is left out.
    ///
    /// Throws `Refusal` if a file of a probe is missing, `StoreProblem` if a bundle is not whole.
    public func look(
        at services: [ServiceName], in view: EnvironmentView
    ) async throws -> [HostObservation] {
        let place = planner.playbook.environments[view.name] ?? Playbook.Environment()
        var kept: [KeptBundle] = []
        var moves: [Plan.Move] = []
        for service in services {
            guard let state = view[service],
                let release = try await completed(state, in: view.name),
                let bundle = try await bundle(of: state, release, in: view.name),
                bundle.bundle.observe != nil
            else { continue }
            kept.append(bundle)
            moves.append(Plan.Move(observing: release, on: place.hosts, by: bundle))
        }
        let session = try await session(kept, moves, view, place)
        return await withTaskGroup(of: (Int, HostObservation).self) { tasks in
            var number = 0
            for move in moves {
                for host in move.hosts {
                    let place = number
                    number += 1
                    tasks.addTask { (place, await session.seen(move, on: host)) }
                }
            }
            return await tasks.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
                .map { Self.naming($0.1, moves) }
        }
    }

    /// The current release with its image. A recorded deploy may name only a commit, and hosts are
    /// compared by the image.
    private func completed(
        _ state: ServiceState, in name: EnvironmentName
    ) async throws -> Release? {
        guard let release = state.release, release.digest == nil,
            let text = release.tag?.rawValue ?? release.revision?.rawValue,
            let known = try await planner.projector.release(text, of: state.service, for: name),
            known.digest != nil, !known.differs(from: release)
        else { return state.release }
        return Release(
            service: release.service, tag: release.tag, digest: known.digest,
            revision: release.revision ?? known.revision)
    }

    /// The observation, with the commit of the image if it is the release that should run.
    private static func naming(_ seen: HostObservation, _ moves: [Plan.Move]) -> HostObservation {
        var seen = seen
        if let release = moves.first(where: { $0.service == seen.service })?.to,
            seen.revision == nil, seen.digest != nil, seen.digest == release.digest
        {
            seen.revision = release.revision
        }
        return seen
    }

    /// The probe of the current release: the one in its bundle, else the playbook's.
    private func bundle(
        of state: ServiceState, _ release: Release, in name: EnvironmentName
    ) async throws -> KeptBundle? {
        if let (_, hash) = try await planner.kept(for: state, in: name) {
            return try await KeptBundle(hash, from: planner.store)
        }
        guard planner.playbook.services[state.service]?.observe != nil else { return nil }
        let (bundle, contents) = try planner.bundleMaker.bundle(release, for: name)
        return KeptBundle(bundle, try bundle.content().hash, contents)
    }

    /// A session without steps: it only observes.
    private func session(
        _ kept: [KeptBundle], _ moves: [Plan.Move], _ view: EnvironmentView,
        _ place: Playbook.Environment
    ) async throws -> RunSession {
        let surroundings = conductor.recorder.surroundings
        let plan = Plan(observing: moves, in: view, place, by: surroundings.author)
        let unpacked = try await UnpackedBundles(kept, plan.servers ?? [], conductor)
        return RunSession(
            conductor: conductor, id: surroundings.newID(), token: 0, plan: plan,
            unpacked: unpacked, run: Run(plan))
    }
}

extension HostObservation {
    /// Whether the host runs the recorded release of its service; unknown if it could not be
    /// observed.
    public func isAsExpected(in view: EnvironmentView) -> Bool {
        let seen = Release(service: service, tag: tag, digest: digest, revision: revision)
        return reachable && view[service]?.release?.runsTheSame(as: seen) == true
    }
}

extension RunSession {
    /// The observation of a host, made once.
    fileprivate func seen(_ move: Plan.Move, on host: HostName) async -> HostObservation {
        guard let probe = move.observe else {
            return hostObservation(of: Observation([]), move, host)
        }
        return hostObservation(of: await ask(probe, move, host, back: false), move, host)
    }
}
