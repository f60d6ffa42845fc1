public import Ledger
internal import LedgerText
public import Projections

/// What somebody who approves signs: lines that say in full what is said yes to.
public struct ApprovalStatement: Hashable, Sendable {
    /// The namespace of the signature (PROTOCOL.sshsig): one made for anything else is none here.
    public static let namespace = "ledger-approval"

    /// When the yes ends: counted from when the plan was recorded, so that all sign the same.
    public let expires: Timestamp
    public let text: String

    /// What the signature stands for.
    public enum Purpose: Hashable, Sendable {
        /// Yes to the plan.
        case approval
        /// That the plan goes without its approvals, and why (break-glass).
        case bypass(reason: String)
        /// What somebody found who looked at a bypass afterwards.
        case review(reason: String)
    }

    public init(_ plan: Plan, _ run: RunView, _ purpose: Purpose = .approval) {
        expires = run.recorded.adding(seconds: Double(plan.approvalSeconds))
        let (title, reason): (String, String?) =
            switch purpose {
            case .approval: ("approval", nil)
            case .bypass(let reason): ("bypass", reason)
            case .review(let reason): ("review", reason)
            }
        var lines = [
            "ledger \(title), version 1", "environment: \(plan.environment)",
            "kind: \(plan.kind.rawValue)",
        ]
        for move in plan.moves {
            let now = move.from?.title ?? "nothing"
            let image = move.to.digest?.rawValue ?? move.to.revision?.rawValue ?? "no digest"
            lines.append("\(move.service): \(now) -> \(move.to.title) (\(image))")
        }
        lines += [
            "run: \(run.id)", "asked for by: \(run.by)", "plan: \(run.plan?.rawValue ?? "")",
            "expires: \(expires)",
        ]
        if let reason { lines.append("reason: \(reason)") }
        // A line each, whatever is in it: nobody signs a line that somebody's name made.
        text = lines.map { Quote.line($0) + "\n" }.joined()
    }
}
