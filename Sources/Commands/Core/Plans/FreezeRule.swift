internal import CommandPorts
internal import Ledger
internal import LedgerText
internal import Projections

/// A recorded freeze suspends the deploys to an environment. Freezes of the playbook are a part of
/// its policy (`PolicyRules`).
enum FreezeRule {
    /// Throws if a freeze suspends the deploy. A freeze blocks deploys, not reverts.
    static func refuse(
        _ view: EnvironmentView, _ request: PlanRequest, _ now: Timestamp
    ) throws(Refusal) {
        if request.overridesFreeze, request.reason == nil {
            throw Refusal(
                .frozen, "overriding a freeze requires a reason", hint: "add --reason …")
        }
        guard request.kind == .deploy, let freeze = view.freeze(at: now), !request.overridesFreeze
        else {
            return
        }
        throw Refusal(
            .frozen, "\(view.name) is frozen: \(freeze.reason)",
            cause: "entry \(freeze.entry), by \(freeze.by)"
                + (freeze.until.map { ", until \($0)" } ?? ""),
            hint: Hint(
                "to deploy anyway, add --override-freeze --reason …; to end the freeze",
                run: "ledger freeze end -e \(shell: view.name) --reason …"))
    }
}
