internal import Ledger
internal import Projections

/// What a run does, one action at a time.
extension Session {
    /// Runs a command line; what it printed comes back without secrets.
    private func act(_ invocation: Invocation) async -> StepResult {
        var result = await conductor.runner.run(invocation)
        result.output = conductor.recorder.redactor.redacted(result.output)
        return result
    }

    mutating func start(_ step: Step, _ attempt: Int) async throws {
        let invocation = invocation(step.run, for: step, attempt: attempt)
        let ran = step.once && step.check == nil ? await runs(step) : nil
        let started = try await record([
            .stepStarted(
                StepStarted(
                    environment: plan.environment, service: step.service, host: step.host,
                    step: step.number, name: step.name, token: token, attempt: attempt,
                    command: step.run, seconds: step.seconds, ran: ran))
        ])
        conductor.report(.stepStarted(step, attempt: attempt))
        let result = await act(invocation)
        let why = Self.words(for: result, limit: step.seconds)
        var finished = StepFinished(
            environment: plan.environment, service: step.service, host: step.host,
            step: step.number, name: step.name, token: token,
            outcome: result.succeeded ? .succeeded : .failed,
            milliseconds: result.milliseconds, output: result.output.isEmpty ? nil : result.output,
            cut: result.cut == 0 ? nil : result.cut)
        switch result.ending {
        case .exited(let code): finished.exitCode = code
        case .killed(let signal): finished.signal = signal
        case .timedOut, .notStarted: break
        }
        if !result.succeeded || result.leftBehind { finished.reason = why }
        try await record([.stepFinished(finished)], because: started.last?.id)
        conductor.report(
            .stepFinished(
                step, succeeded: result.succeeded, why: why, milliseconds: result.milliseconds))
        run.note(
            .step(succeeded: result.succeeded, why: why), of: .start(step, attempt: attempt))
    }

    /// Looks whether a step that was started, and of which nobody knows how it ended, is done:
    /// first it is waited for if it still runs; then its check tells, or what runs now.
    mutating func look(_ step: Step, _ attempt: Int) async throws {
        conductor.report(.waitingForLeftover(step))
        let file = conductor.workshop.processFile(run: id, step: step.number)
        guard await conductor.runner.ended(processFile: file, within: step.seconds) else {
            throw Refusal(
                .notPossible, "step \(step.number) (\(step.name)) of the earlier try still runs",
                cause: "its process number is in \(file)",
                hint: "wait for it or end it, then: ledger runs resume (if you know that it has "
                    + "ended, in another container, delete that file)")
        }
        var done: Bool?
        var how = ""
        if let check = step.check {
            let result = await act(
                invocation(check, for: step, attempt: attempt, isCheck: true))
            // Yes and no are 0 and 1; a check that could not look says neither.
            if case .exited(let code) = result.ending, code <= 1 { done = code == 0 }
            how = "its check says so"
        } else if step.once, run.ran(before: step) == false, await runs(step) == true {
            // It did not run before the step, and does now.
            done = true
            how = "what it leads to was seen running"
        }
        if done == nil, let said = run.assumption(of: step) {
            done = said
            how = "\(conductor.recorder.surroundings.author.name) says so"
        }
        if done == true {
            try await record([
                .stepFinished(
                    StepFinished(
                        environment: plan.environment, service: step.service, host: step.host,
                        step: step.number, name: step.name, token: token, outcome: .succeeded,
                        reason: "found done: \(how)"))
            ])
            conductor.report(.foundDone(step, how))
        }
        run.note(.looked(done: done), of: .look(step, attempt: attempt))
    }

    /// Whether what the step leads to is seen running; `nil` if nobody can see.
    private func runs(_ step: Step) async -> Bool? {
        guard let move = plan.moves.first(where: { $0.service == step.service }),
            let probe = probe(of: move)
        else { return nil }
        return await ask(probe, move, step.host).release?.runsTheSame(as: target(of: move))
    }

    private func probe(of move: Plan.Move) -> Probe? {
        run.isPuttingBack ? move.observeBack : move.observe
    }

    mutating func awaitHealth(_ move: Plan.Move, _ host: HostName) async throws {
        guard let health = move.health else { return }
        conductor.report(.waitingForHealth(move.service, host))
        let surroundings = conductor.recorder.surroundings
        let end = surroundings.now().adding(seconds: health.deadline)
        var row = 0
        var attempts = 0
        var last = ""
        repeat {
            if attempts > 0 { await surroundings.sleep(health.every) }
            if conductor.stopped() { return }
            attempts += 1
            guard let command = health.probe.command(in: plan.environment) else {
                last = "no address is given for \(plan.environment)"
                break
            }
            let result = await act(
                invocation(command, move, host, seconds: health.probe.seconds))
            row = result.succeeded ? row + 1 : 0
            last = Self.words(for: result, limit: health.probe.seconds)
        } while row < health.successes && surroundings.now() < end
        let ok = row >= health.successes
        try await record([
            .healthObserved(
                HealthObservation(
                    environment: plan.environment, service: move.service, host: host, healthy: ok,
                    attempts: attempts, detail: ok ? nil : last))
        ])
        if ok { conductor.report(.healthy(move.service, host)) }
        run.note(
            .health(ok: ok, why: "\(last) (\(attempts) tries)"), of: .awaitHealth(move, host))
    }

    /// Looks at what runs, again and again until it is what is wanted or the probe's time is over.
    mutating func observe(_ move: Plan.Move, _ host: HostName) async throws {
        guard let probe = probe(of: move) else { return }
        let surroundings = conductor.recorder.surroundings
        let end = surroundings.now().adding(seconds: Double(probe.seconds))
        let wanted = target(of: move)
        var seen = await ask(probe, move, host)
        while seen.release?.runsTheSame(as: wanted) != true, surroundings.now() < end {
            await surroundings.sleep(0.25)
            if conductor.stopped(), !run.hasFailed { return }
            seen = await ask(probe, move, host)
        }
        // A digest that the plan knows is told with its tag: that is what people call it.
        let known = [wanted, move.from].compactMap(\.self).first {
            seen.release?.runsTheSame(as: $0) == true
        }
        try await record([
            .hostObserved(
                HostObservation(
                    environment: plan.environment, service: move.service, host: host,
                    digest: seen.release?.digest, revision: seen.release?.revision,
                    tag: seen.release?.tag ?? known?.tag, reachable: seen.release != nil,
                    detail: seen.detail))
        ])
        let matches = seen.release.map { $0.runsTheSame(as: wanted) }
        if let matches {
            let title = matches ? wanted.title : seen.text
            let isPlanned = !run.hasFailed || run.isPuttingBack
            conductor.report(
                .observed(move.service, host, title, asPlanned: isPlanned ? matches : nil))
        } else {
            conductor.report(.notObserved(move.service, host, seen.text))
        }
        run.note(.observed(matches: matches, seen: seen.text), of: .observe(move, host))
    }

    private func target(of move: Plan.Move) -> Release {
        run.isPuttingBack ? move.from ?? move.to : move.to
    }

    private func ask(_ probe: Probe, _ move: Plan.Move, _ host: HostName) async -> Sight {
        guard let command = probe.command(in: plan.environment) else {
            return Sight(release: nil, detail: "no address is given for \(plan.environment)")
        }
        let result = await act(
            invocation(command, move, host, seconds: probe.seconds))
        guard result.succeeded else {
            let words = Self.words(for: result, limit: probe.seconds)
            return Sight(release: nil, detail: words)
        }
        return Sight.read(
            result.output, field: probe.field, service: move.service,
            tags: [move.to.tag, move.from?.tag].compactMap(\.self))
    }

    /// An ending in words.
    static func words(for result: StepResult, limit: Int) -> String {
        let last = result.output.split(separator: "\n").last.map { ": \($0.prefix(200))" } ?? ""
        let left = result.leftBehind ? "; it left a process behind that holds its output" : ""
        switch result.ending {
        case .exited(0): return "succeeded" + left
        case .exited(let code): return "exited with \(code)\(last)" + left
        case .killed(let signal): return "was killed by signal \(signal)\(last)"
        case .timedOut: return "ran longer than \(limit) s and was stopped\(last)" + left
        case .notStarted(let why): return "could not be started: \(why)"
        }
    }
}

/// What was seen running, if it could be read.
struct Sight {
    let release: Release?
    let detail: String?

    /// What was seen, in a few words.
    var text: String { release?.title ?? detail ?? "nothing" }

    /// Reads what a probe printed: a digest, else a revision, else a tag; in a JSON answer the
    /// named member.
    /// A tag that is wanted here is one, also if it could be a revision (`20261120`).
    static func read(
        _ output: String, field: String?, service: ServiceName, tags: [ReleaseTag]
    ) -> Sight {
        var text = output.trimmingSpace
        if let field {
            let json = try? JSONValue(parsing: text)
            let value = field.split(separator: ".").reduce(json) { $0?[String($1)] }
            guard let found = value?.string else {
                return Sight(release: nil, detail: "no text \"\(field)\" in: \(text.prefix(200))")
            }
            text = found.trimmingSpace
        }
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        if words.count == 1, let tag = tags.first(where: { $0.rawValue == words[0] }) {
            return Sight(release: Release(service: service, tag: tag), detail: nil)
        }
        for word in words {
            // `repository@sha256:…` is how container engines print it.
            let digest = word.split(separator: "@").last.map(String.init) ?? word
            if let digest = ImageDigest(rawValue: digest) {
                return Sight(release: Release(service: service, digest: digest), detail: nil)
            }
        }
        for word in words {
            if let revision = Revision(rawValue: word) {
                return Sight(release: Release(service: service, revision: revision), detail: nil)
            }
        }
        if words.count == 1, let tag = ReleaseTag(rawValue: words[0]) {
            return Sight(release: Release(service: service, tag: tag), detail: nil)
        }
        return Sight(
            release: nil,
            detail: words.isEmpty
                ? "the probe printed nothing" : "cannot be read: \(text.prefix(200))")
    }
}

extension String {
    fileprivate var trimmingSpace: String {
        let start = drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}
