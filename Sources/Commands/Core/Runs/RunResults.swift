internal import Ledger
internal import Projections

/// Updates a run with the outcomes of its actions.
extension Run {
    /// Records how `action` ended, in the lane that `lane(of:)` gives.
    public mutating func note(_ result: Result, of action: Action) {
        note(result, of: action, in: lane(of: action))
    }

    /// Records how an action ended, in the lane that was fixed when the action began. A failure
    /// elsewhere in the meantime does not move it to another lane.
    public mutating func note(_ result: Result, of action: Action, in lane: Lane?) {
        if let lane { live.insert(lane) }
        switch (action, result) {
        case (.start(let step, let attempt), .step(let succeeded, let why)):
            attempts[step.number] = attempt
            started[step.number] = nil
            if succeeded {
                done.insert(step.number)
            } else if lane?.back == true {
                // A rollback continues as far as it can; the final state is observed.
                done.insert(step.number)
            } else {
                fail(
                    Failure(.step, "step \(step.number) (\(step.name)) \(why)", step: step.number),
                    in: lane)
            }
        case (.look(let step, _), .looked(let isDone)):
            switch OnceRule.judge(step, isDone: isDone ?? assumption(of: step)) {
            case .done:
                started[step.number] = nil
                done.insert(step.number)
            case .askPerson: undecided.insert(step.number)
            case .runAgain: started[step.number] = nil
            }
        case (.awaitHealth(let move, let host), .health(let ok, let why)):
            if ok {
                if let lane { healthy.insert(lane) }
            } else {
                fail(
                    Failure(.health, "\(move.service) on \(host) is not healthy: \(why)"), in: lane)
            }
        case (.observe(let move, let host), .observed(let matches, let seen)):
            note(matches, seen, of: move, on: host, lane)
        case (.wait, .waited): noteWaited()
        default: break
        }
    }

    private mutating func fail(_ why: Failure, in lane: Lane?) {
        if let lane { stuck.insert(lane) }
        failure = failure ?? why
    }

    private mutating func note(
        _ matches: Bool?, _ seen: String, of move: Plan.Move, on host: HostName, _ lane: Lane?
    ) {
        guard let lane else { return }
        observed[lane] = matches ?? false
        if matches == true { return }
        if lane.back {
            stuck.insert(lane)
            return
        }
        fail(
            Failure(
                .observation,
                matches == nil
                    ? "\(host): cannot observe \(move.service): \(seen)"
                    : "\(move.service) on \(host) runs \(seen), not \(move.to.title)"), in: lane)
    }
}
