internal import CommandEngine
internal import CommandPorts
public import Commands
internal import CommandSecrets
public import Ledger
internal import LedgerText
internal import Projections

/// What a person signs or records about a run's approvals.
public enum ApprovalPurpose: String, Codable, Sendable {
    /// Approve the plan.
    case approval
    /// Run without the approvals, as the policy permits some people.
    case bypass
    /// Review a bypass, after the run.
    case review

    func purpose(_ reason: String) -> ApprovalStatement.Purpose {
        switch self {
        case .approval: .approval
        case .bypass: .bypass(reason: reason)
        case .review: .review(reason: reason)
        }
    }
}

/// Show the plan of a run, and the statement that an approver signs
public struct ReadPlan: Query {
    /// The run's number.
    public var run: Int
    /// What the statement is for.
    public var purpose: ApprovalPurpose
    /// The reason of a bypass or review, without secrets: it is a part of the statement.
    public var reason: String?

    public init(_ run: Int, purpose: ApprovalPurpose = .approval, reason: String? = nil) {
        self.run = run
        self.purpose = purpose
        self.reason = reason
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        run = try members.decode(Int.self, forKey: .run)
        purpose = try members.decodeIfPresent(ApprovalPurpose.self, forKey: .purpose) ?? .approval
        reason = try members.decodeIfPresent(String.self, forKey: .reason)
    }

    /// The plan exactly as it was recorded.
    public struct Answer: Codable, Hashable, Sendable {
        public let plan: Plan
        /// SHA-256 of the plan: what an approval refers to.
        public let digest: ContentHash
        /// The text to sign (namespace `ledger-approval`).
        public let statement: String
    }

    public func answer(at desk: Desk) async throws -> Answer {
        let view = try await desk.run(run)
        guard let hash = view.plan, let bytes = try await desk.store.content(hash) else {
            throw Refusal(.unknownName, "run \(run) has no plan")
        }
        let plan = try Plan(content: bytes)
        let statement = ApprovalStatement(plan, view, purpose.purpose(reason ?? ""))
        return Answer(plan: plan, digest: hash, statement: statement.text)
    }
}

/// Approve a plan, bypass its approvals, or review a bypass
///
/// The approval is valid for exactly this plan and the state that it was made from, for a limited
/// time. If the playbook names allowed signers, it is an SSH signature over the statement.
public struct ApproveRun: Change {
    public static var right: Right { .approve }

    /// The run's number.
    public var run: Int
    /// What is recorded.
    public var purpose: ApprovalPurpose
    /// The reason; required for a bypass and a review.
    public var reason: String?
    /// The SSH signature of the statement (armored, PROTOCOL.sshsig).
    public var signature: String?

    public init(
        _ run: Int, purpose: ApprovalPurpose = .approval, reason: String? = nil,
        signature: String? = nil
    ) {
        self.run = run
        self.purpose = purpose
        self.reason = reason
        self.signature = signature
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        run = try members.decode(Int.self, forKey: .run)
        purpose = try members.decodeIfPresent(ApprovalPurpose.self, forKey: .purpose) ?? .approval
        reason = try members.decodeIfPresent(String.self, forKey: .reason)
        signature = try members.decodeIfPresent(String.self, forKey: .signature)
    }

    /// What was recorded.
    public struct Answer: Codable, Hashable, Sendable {
        public let entry: EntryAnswer
        /// The number of approvals that the run still requires.
        public let missing: Int
        /// The command with which another person approves.
        public let approveCommand: String
    }

    public func answer(at desk: RecordingDesk) async throws -> Answer {
        let view = try await desk.desk.run(run)
        guard let plan = try await desk.recorder.plan(of: view) else {
            throw Refusal(.unknownName, "run \(run) has no plan")
        }
        let reason = reason.map(desk.recorder.secretFilter.redacted)
        let purpose = purpose.purpose(reason ?? "")
        var recorder = desk.recorder
        if let signature {
            let name = try await ApprovalSignatures(recorder: recorder, checker: desk.checker)
                .signer(of: signature, for: view, plan, purpose)
            recorder = recorder.acting(as: Author(name: name, known: .signed))
        }
        let made = try await recorder.perform(
            command(reason), in: plan.environment, run: view.id)
        let after = try await desk.desk.projector.run(view.id) ?? view
        let given = plan.approvers(in: after, at: try await recorder.now(for: after)).count
        return Answer(
            entry: EntryAnswer(made[0]), missing: max(0, plan.approvalsNeeded - given),
            approveCommand: plan.approveCommand(run))
    }

    private func command(_ reason: String?) -> Command {
        switch purpose {
        case .approval:
            .approve(way: signature == nil ? .apart : .signed, reason: reason, signature: signature)
        case .bypass: .bypass(reason: reason ?? "", signature: signature ?? "")
        case .review: .review(reason: reason ?? "", signature: signature ?? "")
        }
    }
}

/// Reject a plan that waits for approval
public struct RejectRun: Change {
    public static var right: Right { .approve }
    public typealias Answer = EntryAnswer

    /// The run's number.
    public var run: Int
    /// The reason.
    public var reason: String

    public init(_ run: Int, reason: String) {
        self.run = run
        self.reason = reason
    }

    public func answer(at desk: RecordingDesk) async throws -> EntryAnswer {
        let view = try await desk.desk.run(run)
        guard let name = view.subject.environment else {
            throw Refusal(.unknownName, "run \(run) has no environment")
        }
        let made = try await desk.recorder.perform(.reject(reason: reason), in: name, run: view.id)
        return EntryAnswer(made[0])
    }
}
