public import CommandPorts
public import Commands
public import Ledger
internal import LedgerText
public import Projections

/// Rehearsals of a revert: what they are refused, and what is recorded of them.
public enum Drill {
    /// Throws `Refusal` where a drill would happen to people, or what runs could not be brought
    /// back after it.
    public static func refuse(_ plan: Plan, in view: EnvironmentView) throws(Refusal) {
        if plan.protected || plan.approvals != nil {
            throw Refusal(
                .notPossible,
                "\(view.name) is protected: what is rehearsed there happens to people",
                hint: "rehearse where it hurts nobody: ledger drill -e staging …")
        }
        for move in plan.moves {
            let why: String
            if move.bundleBack == nil {
                why = "the ledger has no bundle of what it runs now"
            } else if let from = move.from, let fence = view.fence(against: from) {
                why = "\(from.title), which it runs now, is fenced: \(fence.reason)"
            } else if move.observe == nil || move.observeBack == nil {
                why = "it has no way to be observed"
            } else {
                continue
            }
            throw Refusal(
                .notPossible, "\(move.service) could not be brought back after the drill",
                cause: why, hint: "deploy it first: ledger deploy … -e \(shell: view.name)")
        }
    }

    /// What is recorded of the rehearsal, from what its run wrote down.
    public static func checks(
        of plan: Plan, went: Bool, why: String?, since sequence: Int, _ store: any EventReader
    ) async throws -> [Fact] {
        var filter = EntryFilter()
        filter.environments = [plan.environment]
        filter.sequences = sequence + 1...filter.sequences.upperBound
        filter.kinds = [EventKind.stepStarted.rawValue, EventKind.hostObserved.rawValue]
        var times: [Timestamp] = []
        try await store.each(filter) { times.append($0.time) }
        let seconds = times.last.map { $0.seconds(since: times[0]) } ?? 0
        return plan.moves.map { move in
            Fact(
                .targetChecked(
                    TargetCheck(
                        environment: plan.environment, service: move.service,
                        outcome: went ? .succeeded : .failed, tag: move.to.tag,
                        digest: move.to.digest, revision: move.to.revision, rehearsed: true,
                        milliseconds: Int((seconds * 1000).rounded()),
                        detail: went ? nil : why)))
        }
    }
}
