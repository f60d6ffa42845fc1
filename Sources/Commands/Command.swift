public import Ledger
public import Projections

/// A fact from outside, as it arrives: a kind and its fields.
public struct Fact: Hashable, Sendable {
    public var kind: String
    public var fields: JSONValue
    /// When it happened; now if `nil`.
    public var time: Timestamp?
    public var source: Source?
    public var by: Author?
    /// Whether the fields were made from an event, and so fit the kind.
    let isChecked: Bool

    public init(
        kind: String, fields: JSONValue, time: Timestamp? = nil, source: Source? = nil,
        by: Author? = nil
    ) {
        self.kind = kind
        self.fields = fields
        self.time = time
        self.source = source
        self.by = by
        isChecked = false
    }

    /// A fact of a known event.
    public init(
        _ event: Event, time: Timestamp? = nil, source: Source? = nil, by: Author? = nil
    ) {
        kind = event.kind
        fields = event.fields
        self.time = time
        self.source = source
        self.by = by
        isChecked = true
    }
}

/// A wish about one environment. Facts from outside are no wishes: nothing can refuse what has
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

    /// What people call the wish.
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

/// What a decision is made from.
public struct Situation: Sendable {
    /// The present moment, never before the last entry was recorded: what expired stays so, also if
    /// the clock is set back.
    public var now: Timestamp
    /// The clock here: a lease ends by it, and what happens now happened then.
    public var clock: Timestamp
    /// Whether the process that holds the lease is known to live: then no clock ends the lease.
    public var isHolderAlive = false
    public var author: Author
    public var environment: EnvironmentView
    /// The run that the command is about, with its plan.
    public var run: RunView?
    public var plan: Plan?
    /// A run that was begun in the environment and has not ended.
    public var halfWay: RunView?
    /// The fences that keep releases of the plan out.
    public var fences: [ServiceName: Mark] = [:]
    /// How the plan's releases stand, if its environment has a policy.
    public var standings: [ServiceName: Standing]

    public init(
        now: Timestamp, author: Author, environment: EnvironmentView, run: RunView? = nil,
        plan: Plan? = nil, halfWay: RunView? = nil, standings: [ServiceName: Standing] = [:],
        clock: Timestamp? = nil
    ) {
        self.clock = clock ?? now
        self.standings = standings
        self.halfWay = halfWay
        self.now = now
        self.author = author
        self.environment = environment
        self.run = run
        self.plan = plan
    }
}
