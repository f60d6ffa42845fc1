internal import CommandPorts
internal import Commands
internal import Ledger
internal import Projections

/// How a run checks hosts: whether they are healthy, and what they run.
extension RunSession {
    func awaitHealth(_ move: Plan.Move, _ host: HostName, back: Bool) async -> ActionFinding {
        guard let health = back ? move.healthBack : move.health else { return .stopped }
        let surroundings = conductor.recorder.surroundings
        let end = surroundings.now().adding(seconds: health.deadline)
        var row = 0
        var attempts = 0
        var last = ""
        repeat {
            if attempts > 0 { await surroundings.sleep(health.every) }
            if conductor.stopped(), !back { return .stopped }
            attempts += 1
            var isWell = true
            for probe in [health.probe, health.and].compactMap(\.self) where isWell {
                guard let command = command(of: probe, move, host) else {
                    last = "no address is given for \(plan.environment)"
                    return .health(ok: false, attempts: attempts, last: last)
                }
                let result = await act(
                    invocation(command, move, host, back: back, seconds: probe.seconds, probe.site))
                isWell = result.succeeded
                last = result.words(limit: probe.seconds)
            }
            row = isWell ? row + 1 : 0
        } while row < health.successes && surroundings.now() < end
        return .health(ok: row >= health.successes, attempts: attempts, last: last)
    }

    /// Observes repeatedly until the planned release runs, or the probe's time is over.
    func observe(_ move: Plan.Move, _ host: HostName, back: Bool) async -> ActionFinding {
        guard let probe = goesBack(back: back) ? move.observeBack : move.observe else {
            return .stopped
        }
        let surroundings = conductor.recorder.surroundings
        let end = surroundings.now().adding(seconds: Double(probe.seconds))
        let wanted = target(of: move, back: back)
        var seen = await ask(probe, move, host, back: back)
        // After a failure no change is expected: the observation is reported as it is.
        if back, !goesBack(back: back) { return .seen(seen) }
        // A host that did not answer within its time limit is not queried again.
        while !seen.isLost, seen.release(wanted: wanted)?.runsTheSame(as: wanted) != true,
            surroundings.now() < end
        {
            await surroundings.sleep(0.25)
            if conductor.stopped(), !back { return .stopped }
            seen = await ask(probe, move, host, back: back)
        }
        return .seen(seen)
    }

    mutating func take(
        _ observation: Observation, of move: Plan.Move, on host: HostName, back: Bool, _ done: Done
    ) async throws {
        let wanted = target(of: move, back: back)
        let release = observation.release(wanted: wanted)
        try await record([
            .hostObserved(hostObservation(of: observation, move, host, wanted: wanted))
        ])
        let matches = release.map { $0.runsTheSame(as: wanted) }
        let text = release?.title ?? observation.detail ?? "nothing"
        if let matches {
            let title = matches ? wanted.title : text
            let isPlanned = !back || goesBack(back: back)
            conductor.report(
                .observed(move.service, host, title, asPlanned: isPlanned ? matches : nil))
        } else {
            conductor.report(.notObserved(move.service, host, text))
        }
        run.note(.observed(matches: matches, seen: text), of: done.action, in: done.lane)
    }

    /// The observation, in the form of an entry.
    func hostObservation(
        of observation: Observation, _ move: Plan.Move, _ host: HostName, wanted: Release? = nil
    ) -> HostObservation {
        let wanted = wanted ?? move.to
        let release = observation.release(wanted: wanted)
        // A digest that the plan knows is reported with its tag, which people recognize.
        let known = [wanted, move.from, move.to].compactMap(\.self).first {
            release?.runsTheSame(as: $0) == true
        }
        return HostObservation(
            environment: plan.environment, service: move.service, host: host,
            digest: release?.digest, revision: release?.revision, tag: release?.tag ?? known?.tag,
            reachable: release != nil, detail: observation.detail)
    }

    /// Whether an observation in a lane is one of a restored release.
    private func goesBack(back: Bool) -> Bool {
        back && plan.onFailure == .back && !plan.back.isEmpty
    }

    func target(of move: Plan.Move, back: Bool) -> Release {
        goesBack(back: back) ? move.from ?? move.to : move.to
    }

    private func command(of probe: Probe, _ move: Plan.Move, _ host: HostName) -> [String]? {
        let server = plan.server(host)
        return probe.command(
            in: plan.environment, asking: server?.address ?? host.rawValue)
    }

    func ask(_ probe: Probe, _ move: Plan.Move, _ host: HostName, back: Bool) async -> Observation {
        guard let command = command(of: probe, move, host) else {
            return Observation([], detail: "no address is given for \(plan.environment)")
        }
        let result = await act(
            invocation(command, move, host, back: back, seconds: probe.seconds, probe.site))
        guard result.succeeded else {
            var observation = Observation([], detail: result.words(limit: probe.seconds))
            if case .lost = result.ending { observation.isLost = true }
            return observation
        }
        // The probe's last lines with the notice about omitted bytes would be parsed as a release.
        if result.cut > 0 {
            return Observation(
                [], detail: "the probe's output is \(result.cut) bytes longer than the limit")
        }
        return Observation.read(
            result.output, field: probe.field, service: move.service,
            tags: [move.to.tag, move.from?.tag].compactMap(\.self))
    }
}
