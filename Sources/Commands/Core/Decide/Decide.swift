public import CommandPorts
public import Ledger
internal import Projections

/// Decides a command in a situation: returns events to append, or throws a refusal. `Rules/` has
/// one file per family of rules.
public func decide(_ command: Command, in situation: Situation) throws(Refusal) -> [Event] {
    switch command {
    case .plan(let plan, let hash): try PlanRules.lay(plan, hash, in: situation)
    case .approve(let way, let reason, let signature):
        try ApprovalRules.approve(way, reason, signature, in: situation)
    case .bypass(let reason, let signature):
        try ApprovalRules.bypass(reason, signature, in: situation)
    case .review(let reason, let signature):
        try ApprovalRules.review(reason, signature, in: situation)
    case .reject(let reason): try PlanRules.reject(reason, in: situation)
    case .abandon(let reason, let gone): try PlanRules.abandon(reason, gone, in: situation)
    case .acquire(let holder, let gone, let reason):
        try RunRules.acquire(holder, gone, reason, in: situation)
    case .start(let token): try RunRules.start(token, in: situation)
    case .progress(let events, let token): try RunRules.go(on: events, token, in: situation)
    case .end(let events, let token): try RunRules.end(events, token, in: situation)
    case .raiseFence(let releases, let reason, let fixes):
        try MarkRules.raise(releases, reason, fixes, in: situation)
    case .liftFence(let tag, let service, let reason):
        try MarkRules.remove(.fence, tag, service, reason, in: situation)
    case .setPin(let releases, let reason): try MarkRules.pin(releases, reason, in: situation)
    case .removePin(let tag, let service, let reason):
        try MarkRules.remove(.pin, tag, service, reason, in: situation)
    case .startFreeze(let reason, let until):
        try MarkRules.freeze(reason, until: until, in: situation)
    case .endFreeze(let reason): try MarkRules.endFreeze(reason, in: situation)
    }
}
