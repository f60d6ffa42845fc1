public import Ledger
internal import Projections

/// A question of an auditor about single entries.
public enum AuditQuestion: String, Codable, Sendable {
    /// Deploys with a commit that no recorded review approved, or whose commits are unknown.
    case unreviewed
    /// Plans that override a freeze, and runs that bypassed their approvals.
    case overridden

    /// The kinds of entries that it is about.
    public var kinds: [EventKind] {
        switch self {
        case .unreviewed: [.deployFinished]
        case .overridden: [.deployPlanned, .revertPlanned, .approvalBypassed]
        }
    }
}

/// Answers questions of auditors, entry by entry.
public struct Audit: Sendable {
    private let projector: Projector
    private let commitsAtHand: Projector.CommitsAtHand?

    public init(_ desk: Desk) {
        projector = desk.projector
        commitsAtHand = desk.commitsAtHand
    }

    /// Whether the answer of a question contains an entry.
    public func selects(_ entry: Entry, _ question: AuditQuestion) async throws -> Bool {
        switch question {
        case .unreviewed: try await isUnreviewed(entry)
        case .overridden:
            entry.kind == EventKind.approvalBypassed.rawValue
                || entry.payload["overridesFreeze"]?.bool == true
        }
    }

    private func isUnreviewed(_ entry: Entry) async throws -> Bool {
        guard let name = entry.subject.environment, let release = Release(entry.subject) else {
            return false
        }
        // In the order in which they ran: a deploy may be recorded later.
        let past = try await projector.deployments(of: release.service, in: name)
        guard let place = past.firstIndex(where: { $0.entry == entry.sequence }) else {
            return false
        }
        guard place > past.startIndex else {
            // Nothing is known before the first deploy: only the release's own commit is checked.
            guard let revision = release.revision else { return true }
            return try await !projector.shippedCommit(revision).isReviewed
        }
        let shipment = try await projector.shipment(
            from: past[place - 1].release, to: release, atHand: commitsAtHand)
        guard let shipment, shipment.isWhole else { return true }
        return shipment.comes.contains { !$0.isReviewed }
    }
}

extension ShippedCommit {
    /// Whether somebody else than its author approved a change that contains it.
    fileprivate var isReviewed: Bool {
        (changes ?? []).contains { !($0.approvers ?? []).isEmpty }
    }
}
