public import Ledger
internal import LedgerText
public import Projections

/// The text that an approver signs. Its lines state in full what is approved.
public struct ApprovalStatement: Hashable, Sendable {
    /// The namespace of the signature (PROTOCOL.sshsig). A signature made for another namespace
    /// does not count.
    public static let namespace = "ledger-approval"

    /// When the approval expires: counted from when the plan was recorded, so that all approvers
    /// sign the same text.
    public let expires: Timestamp
    public let text: String

    /// The meaning of the signature.
    public enum Purpose: Hashable, Sendable {
        /// Approves the plan.
        case approval
        /// Bypasses the approvals of the plan, with a reason (break-glass).
        case bypass(reason: String)
        /// Reviews a bypass after the run, with the reviewer's finding.
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
        // Each field stays on one line, so that a name cannot add a line to the signed text.
        text = lines.map { Quote.line($0) + "\n" }.joined()
    }
}
