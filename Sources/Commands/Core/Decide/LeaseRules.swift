package import CommandPorts
internal import LedgerText
public import Ledger
public import Projections

extension LeaseView {
    /// Whether the holder may still be active: its process is known to live, or its state is
    /// unknown and the lease has not expired.
    public func mayBeAtWork(at clock: Timestamp, holderIsAlive: Bool?) -> Bool {
        holderIsAlive ?? (clock < ends)
    }
}

/// One run at a time: decides which other run blocks this one, how long a lease lasts, and who may
/// take one over.
package enum LeaseRules {
    /// Throws if another holder may be active, or if another run than `run` is unfinished.
    package static func refuseOccupied(
        _ situation: Situation, besides run: RunView? = nil
    ) throws(Refusal) {
        if let lease = situation.environment.lease,
            lease.mayBeAtWork(at: situation.clock, holderIsAlive: situation.holderIsAlive)
        {
            throw held(lease, situation)
        }
        try refuseHalfWay(situation, besides: run)
    }

    /// An unfinished run must be resumed or abandoned before another starts.
    static func refuseHalfWay(
        _ situation: Situation, besides run: RunView?
    ) throws(Refusal) {
        guard let other = situation.halfWay, other.id != run?.id else { return }
        throw Refusal(
            .leaseHeld, "run \(other.number) is unfinished in \(situation.environment.name)",
            cause: "it was started by \(other.by) at \(other.time)",
            hint: "ledger runs resume \(other.number), or "
                + "ledger runs abandon \(other.number) --reason …")
    }

    static func held(_ lease: LeaseView, _ situation: Situation) -> Refusal {
        let name = situation.environment.name
        let run = situation.halfWay.flatMap { $0.id == lease.run ? "run \($0.number)" : nil }
        return Refusal(
            .leaseHeld, "\(name) is locked by \(run ?? "another run")",
            cause: "\(lease.holder) holds the lease \(lease.token) until \(lease.ends), or until "
                + "its run ends",
            hint: Hint(
                "wait until it ends; if its process is dead",
                run: "ledger runs resume --take-over --reason … -e \(shell: name)"))
    }

    // MARK: Granting

    /// Seconds that a lease lasts beyond a step's own limit: the time to record how the step ended.
    static let grace = 60

    /// The lease of a run. If the environment has one, the run takes it over: from a holder that is
    /// dead or out of time, or because a person says so with a reason.
    static func lease(
        to holder: Holder, for plan: Plan, _ gone: Int?, _ takingOver: String?,
        in situation: Situation
    ) throws(Refusal) -> Event {
        var mine = Lease(
            environment: plan.environment, holder: holder.text,
            seconds: max(plan.leaseSeconds, longest(plan) + grace))
        guard let lease = situation.environment.lease else { return .leaseGranted(mine) }
        if let takingOver {
            try MarkRules.needReason(takingOver)
            mine.reason = takingOver
        } else if gone == lease.token {
            mine.reason = "the process that held the lease is dead"
        } else if lease.mayBeAtWork(
            at: situation.clock, holderIsAlive: situation.holderIsAlive == true ? true : nil)
        {
            throw held(lease, situation)
        } else {
            mine.reason = "the lease expired at \(lease.ends)"
        }
        return .leaseTaken(mine)
    }

    /// Maximum number of seconds between two entries of the run: the longest step with its check,
    /// the longest wait for health, or the pause between batches.
    private static func longest(_ plan: Plan) -> Int {
        let steps = (plan.steps + plan.back).map { 2 * $0.seconds }
        let checks = plan.moves.flatMap { [$0.health, $0.healthBack] }.compactMap(\.self)
        let waits = checks.map { health in
            Int((health.deadline + health.every).rounded(.up)) + health.probe.seconds
                + (health.and?.seconds ?? 0)
        }
        let looks = plan.moves.flatMap { [$0.observe, $0.observeBack] }.compactMap { $0?.seconds }
        let pause = Int((plan.pause ?? 0).rounded(.up))
        return (steps + waits + looks.map { 2 * $0 } + [pause]).max() ?? 0
    }
}
