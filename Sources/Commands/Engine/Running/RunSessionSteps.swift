internal import CommandPorts
internal import Commands
internal import CommandSecrets
internal import Ledger
internal import LedgerText
internal import Projections

/// The result of an action's work; its meaning is decided where it is recorded.
enum ActionFinding: Sendable {
    case ran(StepResult, because: EntryID?)
    /// The result of an earlier start, and of its check or observation.
    case earlier(EarlierStart, done: Bool?, how: String)
    case health(ok: Bool, attempts: Int, last: String)
    case seen(Observation)
    case waited
    /// The person stopped it before it had a result.
    case stopped
}

/// The actions of a run: each begins, works beside others, and is recorded.
extension RunSession {
    /// Records the entries that must precede the action, and returns its work.
    mutating func begin(
        _ action: Run.Action, in lane: Run.Lane?
    ) async throws -> @Sendable () async -> ActionFinding {
        let back = lane?.back == true
        let session = self
        switch action {
        case .start(let step, let attempt):
            let entry = try await writeStart(step, attempt)
            let invocation = invocation(step.run, for: step, attempt: attempt)
            return { .ran(await session.act(invocation, telling: step), because: entry) }
        case .look(let step, let attempt):
            conductor.report(.waitingForLeftover(step))
            return { await session.look(step, attempt) }
        case .awaitHealth(let move, let host):
            conductor.report(.waitingForHealth(move.service, host))
            return { await session.awaitHealth(move, host, back: back) }
        case .observe(let move, let host):
            return { await session.observe(move, host, back: back) }
        case .wait(let seconds):
            conductor.report(.waitingForBatch(seconds))
            return {
                // In short intervals, so that a stop does not wait for the end.
                var left = seconds
                while left > 0 {
                    if session.conductor.stopped() { return .stopped }
                    await session.conductor.recorder.surroundings.sleep(min(left, 0.5))
                    left -= 0.5
                }
                return .waited
            }
        case .finish, .fail, .ask, .pause, .rest: return { .stopped }
        }
    }

    /// Records the result of an action, and passes it to the run.
    mutating func take(_ done: Done) async throws {
        let wasPuttingBack = run.isPuttingBack
        let back = done.lane?.back == true
        switch (done.action, done.finding) {
        case (.start(let step, let attempt), .ran(let result, let cause)):
            try await finish(step, attempt, result, because: cause, in: done.lane)
        case (.look(let step, let attempt), .earlier(let earlier, let isDone, let how)):
            try await take(earlier, isDone, how, of: step, attempt, in: done.lane)
        case (.awaitHealth(let move, let host), .health(let ok, let attempts, let last)):
            try await record([
                .healthObserved(
                    HealthObservation(
                        environment: plan.environment, service: move.service, host: host,
                        healthy: ok, attempts: attempts, detail: ok ? nil : last))
            ])
            if ok { conductor.report(.healthy(move.service, host)) }
            run.note(
                .health(ok: ok, why: "\(last) (\(attempts) tries)"), of: done.action, in: done.lane)
        case (.observe(let move, let host), .seen(let observation)):
            try await take(observation, of: move, on: host, back: back, done)
        case (.wait, .waited): run.note(.waited, of: done.action)
        default: run.interrupt()
        }
        if run.isPuttingBack, !wasPuttingBack {
            conductor.report(.puttingBack(plan.kind.rawValue))
        }
    }

    /// Runs a command line, and returns its output without secrets. The step's last output is
    /// reported meanwhile.
    func act(_ invocation: Invocation, telling step: Step? = nil) async -> StepResult {
        if let host = invocation.server?.host, let why = unpacked.unreachable[host] {
            return StepResult(.lost(why))
        }
        let (secretFilter, report) = (conductor.recorder.secretFilter, conductor.report)
        let hearing = step.map { step in
            { @Sendable (line: String) in report(.printed(step, secretFilter.redacted(line))) }
        }
        var result = await conductor.runner.run(invocation, hearing: hearing)
        result.output = secretFilter.redacted(result.output)
        return result
    }

    // MARK: Steps

    private func writeStart(_ step: Step, _ attempt: Int) async throws -> EntryID? {
        let ran = step.once && step.check == nil ? await runs(step) : nil
        let started = try await record([
            .stepStarted(
                StepStarted(
                    environment: plan.environment, service: step.service, host: step.host,
                    step: step.number, name: step.name, token: token, attempt: attempt,
                    command: step.run, seconds: step.seconds, ran: ran))
        ])
        conductor.report(.stepStarted(step, attempt: attempt))
        return started.last?.id
    }

    private mutating func finish(
        _ step: Step, _ attempt: Int, _ result: StepResult, because cause: EntryID?,
        in lane: Run.Lane?, collected: Bool = false
    ) async throws {
        let why = result.words(limit: step.seconds)
        var finished = StepFinished(
            environment: plan.environment, service: step.service, host: step.host,
            step: step.number, name: step.name, token: token,
            outcome: result.succeeded ? .succeeded : .failed,
            milliseconds: collected ? nil : result.milliseconds,
            output: result.output.isEmpty ? nil : result.output,
            cut: result.cut == 0 ? nil : result.cut, migration: step.migration)
        switch result.ending {
        case .exited(let code): finished.exitCode = code
        case .killed(let signal): finished.signal = signal
        case .lost: finished.outcome = .unknown
        case .overtaken(let other):
            throw Refusal(
                .tokenTooOld, "\(step.host) refused step \(step.number) (\(step.name))",
                cause: "its last lease is \(other); this run holds the older lease \(token)",
                hint: "the host is unchanged; see `ledger runs list -e \(shell: plan.environment)`"
            )
        case .timedOut, .notStarted: break
        }
        if !result.succeeded || result.leftBehind { finished.reason = why }
        if collected {
            finished.reason = "collected from \(step.host): " + (finished.reason ?? "succeeded")
        }
        try await record([.stepFinished(finished)], because: cause)
        conductor.report(
            .stepFinished(
                step, succeeded: result.succeeded, why: finished.reason ?? why,
                milliseconds: result.milliseconds))
        run.note(
            .step(succeeded: result.succeeded, why: why), of: .start(step, attempt: attempt),
            in: lane)
    }

    /// Finds out whether an interrupted step is done. Its host may have the result. If the step no
    /// longer runs, its check or an observation decides.
    private func look(_ step: Step, _ attempt: Int) async -> ActionFinding {
        let job = job(of: step, token: run.token(of: step) ?? token)
        let earlier = await conductor.runner.look(
            for: job, on: server(of: step), within: step.seconds)
        guard earlier == .unknown else { return .earlier(earlier, done: nil, how: "") }
        if let check = step.check {
            let result = await act(invocation(check, for: step, attempt: attempt, isCheck: true))
            // Exit codes 0 and 1 mean done and not done; any other code means that the check
            // failed.
            if case .exited(let code) = result.ending, code <= 1 {
                return .earlier(earlier, done: code == 0, how: "reported by its check")
            }
        } else if step.once, run.ran(before: step) == false, await runs(step) == true {
            // It did not run before the step, and does now.
            return .earlier(earlier, done: true, how: "its release was observed running")
        }
        return .earlier(earlier, done: nil, how: "")
    }

    private mutating func take(
        _ earlier: EarlierStart, _ seen: Bool?, _ how: String, of step: Step, _ attempt: Int,
        in lane: Run.Lane?
    ) async throws {
        switch earlier {
        case .running: throw stillRuns(step)
        case .unreachable(let why):
            throw Refusal(
                .unreachable, "the result of step \(step.number) (\(step.name)) is unknown",
                cause: "\(step.host) does not answer: \(why)",
                hint:
                    "when it answers again: ledger runs resume; to give up: ledger runs abandon"
            )
        case .ended(let result):
            try await finish(step, attempt, result, because: nil, in: lane, collected: true)
        case .never: run.note(.looked(done: false), of: .look(step, attempt: attempt), in: lane)
        case .unknown:
            var (done, how) = (seen, how)
            if done == nil, let said = run.assumption(of: step) {
                done = said
                how = "reported by \(conductor.recorder.surroundings.author.name)"
            }
            if done == true {
                try await record([
                    .stepFinished(
                        StepFinished(
                            environment: plan.environment, service: step.service, host: step.host,
                            step: step.number, name: step.name, token: token,
                            outcome: .succeeded, reason: "found done: \(how)",
                            migration: step.migration))
                ])
                conductor.report(.foundDone(step, how))
            }
            run.note(.looked(done: done), of: .look(step, attempt: attempt), in: lane)
        }
    }

    private func stillRuns(_ step: Step) -> Refusal {
        let file = conductor.context.processFile(run: id, step: step.number)
        let isHere = server(of: step) == nil
        return Refusal(
            .notPossible, "step \(step.number) (\(step.name)) of the earlier attempt still runs",
            cause: isHere ? "its process number is in \(file)" : "on \(step.host)",
            hint: "wait for it or end it, then: ledger runs resume"
                + (isHere
                    ? " (if you know that it has ended, in another container, delete that file)"
                    : ""))
    }

    /// Whether the step's result is observed running; `nil` if it cannot be observed.
    private func runs(_ step: Step) async -> Bool? {
        let back = plan.back.contains { $0.number == step.number }
        guard let move = plan.moves.first(where: { $0.service == step.service }),
            let probe = back ? move.observeBack : move.observe
        else { return nil }
        let target = target(of: move, back: back)
        return await ask(probe, move, step.host, back: back).release(wanted: target)?
            .runsTheSame(as: target)
    }
}
