public import CommandPorts
public import Commands
public import Ledger
internal import LedgerText
public import Projections

/// Drills of a revert: when they are refused, and what is recorded of them.
public enum Drill {
    /// Throws `Refusal` in a protected environment, or if the current release could not be restored
    /// after the drill.
    public static func refuse(_ plan: Plan, in view: EnvironmentView) throws(Refusal) {
        if plan.protected || plan.approvals != nil {
            throw Refusal(
                .notPossible,
                "\(view.name) is protected: drills are not allowed in protected environments",
                hint: Hint("run the drill in another environment", run: "ledger drill -e staging …")
            )
        }
        for move in plan.moves {
            let why: String
            if move.bundleBack == nil {
                why = "the ledger has no bundle of its current release"
            } else if let from = move.from, let fence = view.fence(against: from) {
                why = "\(from.title), its current release, is fenced: \(fence.reason)"
            } else if move.observe == nil || move.observeBack == nil {
                why = "no `observe` is defined for it"
            } else {
                continue
            }
            throw Refusal(
                .notPossible, "\(move.service) could not be restored after the drill",
                cause: why,
                hint: Hint("deploy it first", run: "ledger deploy … -e \(shell: view.name)"))
        }
    }

    /// The record of the drill, from the entries of its run.
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
