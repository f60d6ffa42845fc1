public import Ledger

/// What the playbook asks of a release before it may go to an environment. A deploy must keep it,
/// whichever way it comes; a revert only in who may.
public struct Policy: Codable, Hashable, Sendable {
    /// Tags that may go there, as patterns (`v*`). With branches: one of both must fit.
    public var tags: [String]
    /// Branches to which the release's commit must have been pushed, as patterns.
    public var branches: [String]
    /// Checks that must have succeeded on the commit, by their names.
    public var checks: [String]
    /// How many others must have approved the change that brought the commit.
    public var reviews: Int
    /// Whether `ledger check --record` must have found nothing on the commit.
    public var guarded: Bool
    /// Where the release must have been seen running before, and for how long.
    public var after: [Earlier]
    /// Who may deploy and revert; empty: whoever can.
    public var who: [String]
    public var freezes: [FreezeWindow]
    /// Who may go on without the approvals of others, if it cannot wait (break-glass).
    public var breakGlass: [String]?
    /// The branch whose newest commit is due as soon as all else allows it; `nil`: by hand.
    public var auto: String?

    /// Another environment that comes first.
    public struct Earlier: Codable, Hashable, Sendable {
        public var environment: EnvironmentName
        public var seconds: Double

        public init(environment: EnvironmentName, seconds: Double) {
            self.environment = environment
            self.seconds = seconds
        }
    }

    public init(
        tags: [String] = [], branches: [String] = [], checks: [String] = [], reviews: Int = 0,
        guarded: Bool = false, after: [Earlier] = [], who: [String] = [],
        freezes: [FreezeWindow] = [], auto: String? = nil
    ) {
        self.tags = tags
        self.branches = branches
        self.checks = checks
        self.reviews = reviews
        self.guarded = guarded
        self.after = after
        self.who = who
        self.freezes = freezes
        self.auto = auto
    }
}
