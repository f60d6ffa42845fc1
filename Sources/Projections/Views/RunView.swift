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
        let detail = row.details
        guard let id = EntryID(row.key), let state = State(rawValue: row.state) else { return nil }
        self.id = id
        self.state = state
        number = row.number ?? 0
        kind = detail["kind"]?.string == "revert" ? .revert : .deploy
        subject = row.subject
        plan = detail["plan"]?.string.flatMap(ContentHash.init(rawValue:))
        planned = detail["steps"]?.integer ?? 0
        by = row.by
        time = row.time
        recorded = detail["recorded"]?.string.flatMap { Timestamp($0) } ?? row.time
        reason = detail["reason"]?.string
        why = detail["why"]?.string
        approvals = (detail["approvals"]?.array ?? []).map { approval in
            Approval(
                by: approval["by"]?.string ?? "", known: approval["known"]?.string ?? "",
                way: approval["way"]?.string ?? "",
                expires: approval["expires"]?.string.flatMap { Timestamp($0) },
                plan: approval["plan"]?.string ?? "", entry: approval["entry"]?.integer ?? 0)
        }
        bypass = detail["bypass"].map { bypass in
            Bypass(
                by: bypass["by"]?.string ?? "", known: bypass["known"]?.string ?? "",
                plan: bypass["plan"]?.string ?? "", reason: bypass["reason"]?.string ?? "",
                entry: bypass["entry"]?.integer ?? 0)
        }
        reviewed = detail["reviewed"]?.integer
        hasBegunHere = detail["began"] != nil && detail["told"] == nil
        self.steps = steps.map { step in
            StepState(
                number: step.number ?? 0, name: step.details["name"]?.string ?? "",
                state: step.state, token: step.details["token"]?.integer ?? 0,
                attempt: step.details["attempt"]?.integer ?? 1, ran: step.details["ran"]?.bool,
                reason: step.details["reason"]?.string, entry: step.since)
        }
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
