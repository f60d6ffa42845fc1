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

/// One run at a time: decides which other run blocks this one.
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
}
