public import Ledger

/// The inputs of a plan besides the state of its environment. If one changes between approval and
/// run, the plan is stale.
public struct PlanBasis: Hashable, Sendable {
    public var playbook: ContentHash?
    /// Keyed hashes of the values of variables, by name; empty for an unset variable.
    public var settings: [String: String]
    public var sshConfiguration: ContentHash?

    public init(playbook: ContentHash? = nil) {
        self.playbook = playbook
        settings = [:]
    }

    /// The inputs that the plan was made with.
    public init(_ plan: Plan) {
        playbook = plan.playbook
        settings = plan.settings ?? [:]
        sshConfiguration = plan.sshConfiguration
    }

    package static let playbookChanged = "the playbook has changed"

    /// The changed inputs, in words. Older plans do not record their inputs.
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
