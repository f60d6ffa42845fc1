public import Ledger

/// What a plan depends on beside the state of its environment: if it changes between approval and
/// run, the plan is stale.
public struct PlanBasis: Hashable, Sendable {
    public var playbook: ContentHash?
    /// Keyed hashes of the values of settings, by name; empty for one that is not set.
    public var settings: [String: String]
    public var sshConfiguration: ContentHash?

    public init(playbook: ContentHash? = nil) {
        self.playbook = playbook
        settings = [:]
    }

    /// What the plan was made with.
    public init(_ plan: Plan) {
        playbook = plan.playbook
        settings = plan.settings ?? [:]
        sshConfiguration = plan.sshConfiguration
    }

    package static let playbookChanged = "the playbook has changed"

    /// What is different now, in words. Older plans do not say what they were made with.
    package func changes(to now: PlanBasis) -> [String] {
        var changes = settings.keys.sorted().filter { settings[$0] != now.settings[$0] }.map {
            "the value of \($0) has changed"
        }
        if sshConfiguration != now.sshConfiguration, playbook != nil {
            changes.append("the ssh configuration has changed")
        }
        if let playbook, playbook != now.playbook { changes.append(Self.playbookChanged) }
        return changes
    }
}
