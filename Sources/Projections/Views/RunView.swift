public import Ledger

/// The life cycle of a run: planned, approved, at step n, done, failed.
public struct RunView: Hashable, Sendable {
    /// The state of the run.
    public enum State: String, CaseIterable, Sendable {
        case planned, approved, running, finished, failed, abandoned
    }
    /// Deploy or revert.
    public enum Kind: String, Sendable { case deploy, revert }
    /// A person's approval.
    public struct Approval: Hashable, Sendable {
        public let by: String
        public let known: String
        public let way: String
        public let expires: Timestamp?
        public let plan: String
        public let entry: Int
    }
    /// A person's bypass of the required approvals.
    public struct Bypass: Hashable, Sendable {
        public let by: String
        public let known: String
        public let plan: String
        public let reason: String
        public let entry: Int
    }
    /// A started step.
    public struct StepState: Hashable, Sendable {
        public let number: Int
        public let name: String
        /// `started` (and never finished), or an outcome.
        public let state: String
        public let token: Int
        public let attempt: Int
        /// Whether the release was observed running before the step started.
        public let ran: Bool?
        public let reason: String?
        public let entry: Int
    }
    public let id: EntryID
    /// The sequence of its plan, which people use to name the run.
    public let number: Int
    public let kind: Kind
    public let state: State
    public let subject: Subject
    public let plan: ContentHash?
    public let planned: Int
    public let by: String
    public let time: Timestamp
    /// When its plan was recorded; never earlier than the entries before it.
    public let recorded: Timestamp
    public let reason: String?
    public let why: String?
    public let approvals: [Approval]
    public let bypass: Bypass?
    /// The entry of the bypass review.
    public let reviewed: Int?
    /// Whether this ledger has started it.
    public let hasBegunHere: Bool
    public var steps: [StepState]

    public init?(_ row: ViewRow, steps: [ViewRow] = []) {
        guard let id = EntryID(row.key), let state = State(rawValue: row.state) else { return nil }
        let detail = row.detail(as: RunDetail.self)
        self.id = id
        self.state = state
        number = row.number ?? 0
        kind = detail.kind.flatMap(Kind.init(rawValue:)) ?? .deploy
        subject = row.subject
        plan = detail.plan.flatMap(ContentHash.init(rawValue:))
        planned = detail.steps ?? 0
        by = row.by
        time = row.time
        recorded = detail.recorded ?? row.time
        reason = detail.reason
        why = detail.why
        approvals = detail.approvals.map {
            Approval(
                by: $0.by, known: $0.known, way: $0.way ?? "", expires: $0.expires,
                plan: $0.plan ?? "", entry: $0.entry)
        }
        bypass = detail.bypass.map {
            Bypass(
                by: $0.by, known: $0.known, plan: $0.plan ?? "", reason: $0.reason ?? "",
                entry: $0.entry)
        }
        reviewed = detail.reviewed
        hasBegunHere = detail.hasBegun && !detail.isTold
        self.steps = steps.map(StepState.init)
    }

    /// How many of the planned steps succeeded, without those that roll back.
    public var succeeded: Int {
        steps.count { $0.number <= planned && $0.state == Outcome.succeeded.rawValue }
    }

    /// Whether the run may still continue.
    public var isOpen: Bool { isWaiting || state == .running }

    /// Whether it has not started, but still may.
    public var isWaiting: Bool { state == .planned || state == .approved }

    /// Whether it can be started or resumed as it is.
    public var canGoOn: Bool { state == .approved || state == .running }
}

extension RunView.StepState {
    init(_ row: ViewRow) {
        let detail = row.detail(as: StepDetail.self)
        number = row.number ?? 0
        name = detail.name ?? ""
        state = row.state
        token = detail.token ?? 0
        attempt = detail.attempt ?? 1
        ran = detail.ran
        reason = detail.reason
        entry = row.since
    }
}
