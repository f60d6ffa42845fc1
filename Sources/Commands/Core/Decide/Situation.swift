public import Ledger
public import Projections

/// What a decision is made from.
public struct Situation: Sendable {
    /// The present moment, never before the last entry was recorded: what expired stays so, also if
    /// the clock is set back.
    public var now: Timestamp
    /// The clock here: a lease ends by it, and what happens now happened then.
    public var clock: Timestamp
    /// Whether the process that holds the lease lives: then no clock ends the lease. `nil` if
    /// nobody knows.
    public var holderIsAlive: Bool?
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
    public var eligibilities: [ServiceName: Eligibility]

    public init(
        now: Timestamp, author: Author, environment: EnvironmentView, run: RunView? = nil,
        plan: Plan? = nil, halfWay: RunView? = nil, eligibilities: [ServiceName: Eligibility] = [:],
        clock: Timestamp? = nil
    ) {
        self.clock = clock ?? now
        self.eligibilities = eligibilities
        self.halfWay = halfWay
        self.now = now
        self.author = author
        self.environment = environment
        self.run = run
        self.plan = plan
    }
}
