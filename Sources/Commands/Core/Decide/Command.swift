public import CommandPorts
public import Ledger
public import Projections

/// A command about one environment. Facts from outside are no commands: nothing can refuse what has
/// happened.
public enum Command: Hashable, Sendable {
    /// Lay out a plan, to be approved and run.
    case plan(Plan, hash: ContentHash)
    /// Say yes to a plan; `signature` is the author's over its `ApprovalStatement`.
    case approve(way: Approved.Way, reason: String?, signature: String? = nil)
    /// Let a plan go without its approvals; `signature` is the author's over the plan and the
    /// reason.
    case bypass(reason: String, signature: String)
    /// Say what was found about a bypass, after the fact.
    case review(reason: String, signature: String)
    /// Say no to a plan before anything has begun.
    case reject(reason: String)
    /// Give a plan or a run up. `gone` is the token of a lease whose holder is known to be gone.
    case abandon(reason: String, gone: Int?)
    /// Take the right to run; `takingOver` with a reason from a holder that does not answer.
    /// `gone` is the token of a lease whose holder is known to be gone.
    case acquire(holder: Holder, gone: Int?, takingOver: String?)
    case start(token: Int)
    /// What a run has done, under its token.
    case progress([Event], token: Int)
    /// The run is over: the last entries, and the lease's end.
    case end([Event], token: Int)
    /// `fixedBy` are commits that mend the releases, by service.
    case raiseFence([Release], reason: String, fixedBy: [ServiceName: [Revision]] = [:])
    case liftFence(tag: String, service: ServiceName?, reason: String)
    case setPin([Release], reason: String)
    case removePin(tag: String, service: ServiceName?, reason: String)

    /// What people call the command.
    public var title: String {
        switch self {
        case .plan(let plan, _): plan.kind.rawValue
        case .approve, .bypass, .review: "approve"
        case .reject: "reject"
        case .abandon: "abandon"
        case .acquire, .start: "run"
        case .progress, .end: "go on"
        case .raiseFence, .liftFence: "fence"
        case .setPin, .removePin: "pin"
        }
    }
}
