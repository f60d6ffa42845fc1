public import Ledger
public import Projections

/// What a run tells while it is under way.
public enum RunProgress: Sendable {
    case stepStarted(Step, attempt: Int)
    case stepFinished(Step, succeeded: Bool, why: String, milliseconds: Int)
    case foundDone(Step, String)
    case waitingForHealth(ServiceName, HostName)
    case healthy(ServiceName, HostName)
    /// What was seen running; `asPlanned` is `nil` where nothing is planned any more, or nothing
    /// could be seen.
    case observed(ServiceName, HostName, String, asPlanned: Bool?)
    case notObserved(ServiceName, HostName, String)
    case puttingBack(String)
    case waitingForLeftover(Step)
}

/// How a run ended.
public enum RunOutcome: Hashable, Sendable {
    case finished(verified: Bool)
    case failed(Run.Failure, putBack: Bool)
    /// Nothing tells whether this step ran, and it must not run twice.
    case undecided(Step)
    /// The person stopped it; it can be resumed.
    case paused
}

/// Drives a run: an entry before and after every step, and nothing believed that was not observed.
public struct Conductor: Sendable {
    let recorder: Recorder
    let runner: any Runner
    let workshop: Workshop
    /// Whether the person has asked to stop.
    let stopped: @Sendable () -> Bool
    let report: @Sendable (RunProgress) -> Void

    public init(
        recorder: Recorder, runner: any Runner, workshop: Workshop,
        stopped: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (RunProgress) -> Void = { _ in }
    ) {
        self.recorder = recorder
        self.runner = runner
        self.workshop = workshop
        self.stopped = stopped
        self.report = report
    }

    /// Runs an approved plan to its end, from wherever it stands. `assuming` is what a person says
    /// of steps that may have run; `takingOver` is the reason for taking the lease from a holder
    /// that does not answer.
    ///
    /// Throws `Refusal` (approval, staleness, lease) before anything is done, or when the lease was
    /// lost.
    public func run(
        _ id: EntryID, in environment: EnvironmentName, assuming: [Int: Bool] = [:],
        takingOver: String? = nil
    ) async throws -> RunOutcome {
        let before = try await recorder.situation(in: environment, run: id)
        guard let plan = before.plan else { throw Refusal(.unknownName, "there is no such run") }
        // All that can fail here fails before anybody is kept waiting by a lease.
        let unpacked = try await UnpackedBundles(of: plan, self)
        let lease = try await recorder.perform(
            .acquire(
                holder: recorder.surroundings.holder,
                gone: try await recorder.goneLease(in: environment), takingOver: takingOver),
            in: environment, run: id)
        guard let token = lease.last?.sequence,
            let view = try await recorder.projector.run(id)
        else { throw Refusal(.unknownName, "there is no such run") }
        var session = Session(
            conductor: knowing(unpacked.bundles.values.flatMap { Array($0.secrets.keys) }), id: id,
            token: token, plan: plan, unpacked: unpacked,
            run: Run(plan, steps: view.steps, assuming: assuming))
        try await recorder.perform(.start(token: token), in: environment, run: id)
        return try await session.drive()
    }

    /// Gives a run up; gives the entries. Throws `Refusal` if it is under way, also if only a step
    /// that it began is still at work on this machine.
    public func giveUp(
        _ run: RunView, in environment: EnvironmentName, reason: String
    ) async throws -> [Entry] {
        for step in run.steps where step.state == "started" {
            let file = workshop.processFile(run: run.id, step: step.number)
            if await runner.ended(processFile: file, within: 0) { continue }
            throw Refusal(
                .leaseHeld, "step \(step.number) (\(step.name)) of run \(run.number) still runs",
                cause: "its process number is in \(file)",
                hint: "wait for it or end it, then give the run up (if you know that it has ended, "
                    + "in another container, delete that file)")
        }
        return try await recorder.perform(
            .abandon(reason: reason, gone: try await recorder.goneLease(in: environment)),
            in: environment, run: run.id)
    }

    /// The same, with these secrets taken out of whatever is written down: the bundle of then may
    /// name others than today's playbook.
    private func knowing(_ secrets: [String]) -> Conductor {
        Conductor(
            recorder: Recorder(
                store: recorder.store, surroundings: recorder.surroundings,
                redactor: recorder.redactor.knowing(secrets)),
            runner: runner, workshop: workshop, stopped: stopped, report: report)
    }
}

/// The bundles of a run, read and laid out.
struct UnpackedBundles {
    /// Where each bundle's files lie.
    private(set) var folders: [ContentHash: String] = [:]
    private(set) var bundles: [ContentHash: Bundle] = [:]

    /// Lays out the files of all bundles; throws before anything is done if one is not whole.
    init(of plan: Plan, _ conductor: Conductor) async throws {
        for hash in Set((plan.steps + plan.back).map(\.bundle)).union(plan.moves.map(\.bundle)) {
            guard let bytes = try await conductor.recorder.store.content(hash) else {
                throw StoreProblem(
                    .damaged, "a bundle of this run is not in the ledger",
                    cause: "no content has the hash \(hash)", hint: "run `ledger verify`")
            }
            let bundle = try Bundle(content: bytes)
            var files: [BundleFile: [UInt8]] = [:]
            for file in bundle.files {
                guard let bytes = try await conductor.recorder.store.content(file.hash) else {
                    throw StoreProblem(
                        .damaged, "\(file.path) of a bundle is not in the ledger",
                        cause: "no content has the hash \(file.hash)", hint: "run `ledger verify`")
                }
                files[file] = bytes
            }
            bundles[hash] = bundle
            folders[hash] = try await conductor.runner.unpack(files, of: hash)
        }
    }
}

/// One run under way.
struct Session {
    let conductor: Conductor
    let id: EntryID
    let token: Int
    let plan: Plan
    let unpacked: UnpackedBundles
    var run: Run

    mutating func drive() async throws -> RunOutcome {
        while true {
            if conductor.stopped() { run.interrupt() }
            let wasPuttingBack = run.isPuttingBack
            switch run.next {
            case .start(let step, let attempt): try await start(step, attempt)
            case .look(let step, let attempt): try await look(step, attempt)
            case .awaitHealth(let move, let host): try await awaitHealth(move, host)
            case .observe(let move, let host): try await observe(move, host)
            case .finish(let verified): return try await finish(verified)
            case .fail(let failure, let putBack): return try await fail(failure, putBack)
            case .ask(let step):
                try await end([])
                return .undecided(step)
            case .pause:
                try await end([])
                return .paused
            }
            if run.isPuttingBack, !wasPuttingBack {
                conductor.report(.puttingBack(plan.kind.rawValue))
            }
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
