package import CommandPorts
internal import LedgerText
public import Ledger
public import Projections

extension LeaseView {
    /// Whether its holder may still be at work: its process is known to live, or nobody knows and
    /// the lease has not ended.
    public func mayBeAtWork(at clock: Timestamp, holderIsAlive: Bool?) -> Bool {
        holderIsAlive ?? (clock < ends)
    }
}

/// One run at a time: who is in the way of another.
package enum LeaseRules {
    /// Throws if somebody may be at work, or if another run than `run` was left half-way.
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

    /// A run that was left half-way must be settled before another begins.
    static func refuseHalfWay(
        _ situation: Situation, besides run: RunView?
    ) throws(Refusal) {
        guard let other = situation.halfWay, other.id != run?.id else { return }
        throw Refusal(
            .leaseHeld, "run \(other.number) was left half-way in \(situation.environment.name)",
            cause: "it was begun by \(other.by) at \(other.time)",
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
            hint: "wait for it; if it is dead: "
                + "ledger runs resume --take-over --reason … -e \(shell: name)")
    }
}
