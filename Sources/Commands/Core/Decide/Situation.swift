public import Ledger
public import Projections

/// The facts from which a decision is made.
public struct Situation: Sendable {
    /// The present time, never earlier than the last entry's: what has expired stays expired, even
    /// if the clock is set back.
    public var now: Timestamp
    /// The local clock. Leases expire by it, and new events take their time from it.
    public var clock: Timestamp
    /// Whether the process that holds the lease lives. While it does, the lease does not expire.
    /// `nil` if unknown.
    public var holderIsAlive: Bool?
    public var author: Author
    public var environment: EnvironmentView
    /// The run that the command refers to, with its plan.
    public var run: RunView?
    public var plan: Plan?
    /// A run that was started in the environment and has not ended.
    public var halfWay: RunView?
    /// The fences that block releases of the plan.
    public var fences: [ServiceName: Mark] = [:]
    /// The eligibility of the plan's releases, if the environment has a policy.
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
