public import CommandPorts
public import Ledger
public import Projections

/// A command about one environment. Facts from outside are not commands: no rule can refuse what
/// has already happened.
public enum Command: Hashable, Sendable {
    /// Record a plan, to be approved and run.
    case plan(Plan, hash: ContentHash)
    /// Approve a plan. `signature` is the author's signature of the plan's `ApprovalStatement`.
    case approve(way: Approved.Way, reason: String?, signature: String? = nil)
    /// Bypass the approvals of a plan; `signature` is the author's over the plan and the reason.
    case bypass(reason: String, signature: String)
    /// Review a bypass, after the run.
    case review(reason: String, signature: String)
    /// Reject a plan before it has started.
    case reject(reason: String)
    /// Abandon a plan or a run. `gone` is the token of a lease whose holder is known to be dead.
    case abandon(reason: String, gone: Int?)
    /// Acquire the lease to run. `takingOver` is the reason for taking it from a holder that does
    /// not respond. `gone` is the token of a lease whose holder is known to be dead.
    case acquire(holder: Holder, gone: Int?, takingOver: String?)
    case start(token: Int)
    /// Record the progress of a run, under its token.
    case progress([Event], token: Int)
    /// End the run: its last entries, and the release of its lease.
    case end([Event], token: Int)
    /// `fixedBy` are commits that fix the releases, by service.
    case raiseFence([Release], reason: String, fixedBy: [ServiceName: [Revision]] = [:])
    case liftFence(tag: String, service: ServiceName?, reason: String)
    case setPin([Release], reason: String)
    case removePin(tag: String, service: ServiceName?, reason: String)
    case startFreeze(reason: String, until: Timestamp?)
    case endFreeze(reason: String)

    /// The name of the command in messages.
    public var title: String {
        switch self {
        case .plan(let plan, _): plan.kind.rawValue
        case .approve, .bypass, .review: "approve"
        case .reject: "reject"
        case .abandon: "abandon"
        case .acquire, .start: "run"
        case .progress, .end: "continue"
        case .raiseFence, .liftFence: "fence"
        case .setPin, .removePin: "pin"
        case .startFreeze, .endFreeze: "freeze"
        }
    }
}
