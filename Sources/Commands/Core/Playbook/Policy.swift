public import Ledger

/// The policy of an environment. Every deploy must satisfy all of it; a revert only the rule on who
/// may run it.
public struct Policy: Codable, Hashable, Sendable {
    /// Allowed tags, as patterns (`v*`). If branches are also given, one of both must match.
    public var tags: [String]
    /// Branches to which the release's commit must have been pushed, as patterns.
    public var branches: [String]
    /// Checks that must have succeeded on the commit, by their names.
    public var checks: [String]
    /// How many other people must have approved the change that introduced the commit.
    public var reviews: Int
    /// Whether `ledger check --record` must have succeeded on the commit.
    public var guarded: Bool
    /// The environments where the release must have run before, and for how long.
    public var after: [Earlier]
    /// Who may deploy and revert; empty: anyone with access.
    public var who: [String]
    public var freezes: [FreezeWindow]
    /// Who may bypass the approvals of others in an emergency (break-glass).
    public var breakGlass: [String]?
    /// The branch whose newest commit is due as soon as the other rules allow it; `nil`: deploys
    /// start by hand.
    public var auto: String?

    /// Another environment where a release must run first.
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
