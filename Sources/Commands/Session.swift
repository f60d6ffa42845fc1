internal import Ledger
internal import Projections

/// The bundles of a run, read and laid out.
struct UnpackedBundles {
    struct Place: Hashable {
        let bundle: ContentHash
        /// `nil`: this machine.
        let host: HostName?
    }
    /// Where each bundle's files lie.
    private(set) var folders: [Place: String] = [:]
    private(set) var bundles: [ContentHash: Bundle] = [:]
    /// Why nothing could be laid out on a host.
    private(set) var unreachable: [HostName: String] = [:]

    /// Lays out the files of all bundles, here and on each host where steps or probes run; throws
    /// before anything is done if a bundle is not whole. A host that cannot be reached is noted:
    /// the others may go on.
    init(of plan: Plan, _ conductor: Conductor) async throws {
        let all = Set((plan.steps + plan.back).map(\.bundle)).union(plan.moves.map(\.bundle))
        var kept: [KeptBundle] = []
        for hash in all.sorted(by: { $0.rawValue < $1.rawValue }) {
            kept.append(try await KeptBundle(hash, from: conductor.recorder.store))
        }
        try await self.init(kept, plan.servers ?? [], conductor)
    }

    /// The same for bundles that were read already, and those hosts.
    init(_ kept: [KeptBundle], _ servers: [Server], _ conductor: Conductor) async throws {
        let runner = conductor.runner
        for one in kept {
            bundles[one.hash] = one.bundle
            folders[Place(bundle: one.hash, host: nil)] = try await runner.unpack(
                one.files, of: one.hash, on: nil)
            if one.bundle.needsHosts { await layOut(one.files, of: one.hash, servers, runner) }
        }
    }

    /// All hosts at the same time: each waits for its network.
    private mutating func layOut(
        _ files: [BundleFile: [UInt8]], of hash: ContentHash, _ servers: [Server],
        _ runner: any Runner
    ) async {
        let results = await withTaskGroup(of: (HostName, Result<String, any Error>).self) { tasks in
            for server in servers where unreachable[server.host] == nil {
                tasks.addTask {
                    do {
                        return (
                            server.host,
                            .success(try await runner.unpack(files, of: hash, on: server))
                        )
                    } catch { return (server.host, .failure(error)) }
                }
            }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
        for (host, result) in results {
            switch result {
            case .success(let folder): folders[Place(bundle: hash, host: host)] = folder
            case .failure(let error):
                let refusal = error as? Refusal
                unreachable[host] = refusal?.cause ?? "\(error)"
            }
        }
    }
}

/// One run under way.
struct Session: Sendable {
    let conductor: Conductor
    let id: EntryID
    let token: Int
    let plan: Plan
    let unpacked: UnpackedBundles
    var run: Run

    /// What came of an action.
    struct Done: Sendable {
        let action: Run.Action
        let lane: Run.Lane?
        let finding: Finding
    }

    /// Goes on until the end: what can be done beside each other is, and every entry is written
    /// from here, one after the other.
    mutating func drive() async throws -> RunOutcome {
        try await withThrowingTaskGroup(of: Done.self) { tasks in
            var busy: Set<Run.Lane?> = []
            var problem: (any Error)?
            while true {
                if conductor.stopped() { run.interrupt() }
                let ready = run.ready
                let next = problem == nil ? ready.filter { mayBegin($0, beside: busy) } : []
                do {
                    for action in next {
                        let lane = run.lane(of: action)
                        let work = try await begin(action, in: lane)
                        busy.insert(lane)
                        tasks.addTask { Done(action: action, lane: lane, finding: await work()) }
                    }
                } catch { problem = error }
                if busy.isEmpty {
                    // What others had begun is awaited before anybody hears of it.
                    if let problem { throw problem }
                    return try await end(ready[0])
                }
                guard let done = try await tasks.next() else { continue }
                busy.remove(done.lane)
                do { try await take(done) } catch { problem = problem ?? error }
            }
        }
    }

    /// Whether an action may begin while others are under way: in a lane of its own, and not on the
    /// way back as long as something still goes forward.
    private func mayBegin(_ action: Run.Action, beside busy: Set<Run.Lane?>) -> Bool {
        switch action {
        case .wait: return busy.isEmpty
        case .start, .look, .awaitHealth, .observe:
            let lane = run.lane(of: action)
            return !busy.contains(lane) && busy.allSatisfy { $0?.back == lane?.back }
        case .ask, .finish, .fail, .pause, .rest: return false
        }
    }

    /// The run is over, for now or for good.
    private func end(_ action: Run.Action) async throws -> RunOutcome {
        switch action {
        case .finish(let verified): return try await finish(verified)
        case .fail(let failure, let putBack): return try await fail(failure, putBack)
        case .ask(let step):
            try await end([])
            return .undecided(step)
        case .rest:
            try await end([])
            return .resting
        default:
            try await end([])
            return .paused
        }
    }

    @discardableResult
    func record(_ events: [Event], because cause: EntryID? = nil) async throws -> [Entry] {
        try await conductor.recorder.perform(
            .progress(events, token: token), in: plan.environment, run: id, cause: cause)
    }

    private func end(_ events: [Event]) async throws {
        try await conductor.recorder.perform(
            .end(events, token: token), in: plan.environment, run: id)
    }

    private func finish(_ verified: Bool) async throws -> RunOutcome {
        try await end(
            plan.moves.map { move in
                let done = RunFinished(
                    environment: plan.environment, service: move.service, tag: move.to.tag,
                    digest: move.to.digest, revision: move.to.revision,
                    verified: move.observe != nil, bundle: move.bundle,
                    hosts: move.hosts, from: move.from?.tag)
                return plan.kind == .deploy ? .deployed(done) : .reverted(done)
            })
        return .finished(verified: verified)
    }

    private func fail(_ failure: Run.Failure, _ putBack: Bool) async throws -> RunOutcome {
        try await end(
            plan.moves.map { move in
                let failed = RunFailed(
                    environment: plan.environment, reason: failure.reason, service: move.service,
                    tag: move.to.tag, digest: move.to.digest, revision: move.to.revision,
                    step: failure.step, putBack: putBack ? true : nil)
                return plan.kind == .deploy ? .deployFailed(failed) : .revertFailed(failed)
            })
        return .failed(failure, putBack: putBack)
    }
}
