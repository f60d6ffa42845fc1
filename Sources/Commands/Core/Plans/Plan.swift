public import CommandPorts
public import Ledger
public import Projections

/// The ordered path from one state of an environment to another. It is pure data; approvals refer
/// to its digest.
public struct Plan: Codable, Hashable, Sendable {
    /// `plan`; older versions did not write it.
    public var type: String? = Plan.type
    /// Deploy or revert.
    public enum Kind: String, Choice { case deploy, revert }
    /// What happens when a step fails.
    public enum OnFailure: String, Choice {
        /// Stop at the failed step and change nothing further.
        case stop
        /// Roll back to the previous release.
        case back
    }
    /// One service that changes its release.
    public struct Move: Codable, Hashable, Sendable {
        public var service: ServiceName
        public var from: Release?
        public var to: Release
        public var hosts: [HostName]
        /// The bundle that is used, and is kept as the rollback target for `to`.
        public var bundle: ContentHash
        public var observe: Probe?
        public var health: HealthCheck?
        /// The bundle of the previous release and its probes, for a rollback after a failure.
        public var bundleBack: ContentHash?
        public var observeBack: Probe?
        public var healthBack: HealthCheck?
        /// Hosts that were last observed running another release than `from`.
        public var others: [Other]?
        /// Where the current release has data.
        public var kept: Kept?
        /// True if a revert undoes another revert: the release that it leaves is not fenced
        /// (LED-0004).
        public var takesBack: Bool?
    }
    /// Volumes that hold data, and the hosts that have them.
    public struct Kept: Codable, Hashable, Sendable {
        public var volumes: [String]
        public var hosts: [HostName]
    }
    /// The release that one host was last observed running.
    public struct Other: Codable, Hashable, Sendable {
        public var host: HostName
        public var release: Release
    }
    /// A service that keeps its release: the deploy does not name it.
    public struct Stay: Codable, Hashable, Sendable {
        public var service: ServiceName
        /// `nil` if it runs nothing yet.
        public var release: Release?
    }
    /// A line of the table that states what a revert restores.
    public struct Return: Codable, Hashable, Sendable {
        /// The fate of the item.
        public enum Fate: String, Choice { case comesBack, changes, unchanged, unknown }
        public var service: ServiceName
        public var what: String
        public var fate: Fate
        public var why: String
    }
    /// The commits between the current releases of some services and the planned ones.
    public struct Shipped: Codable, Hashable, Sendable {
        public var services: [ServiceName]
        public var from: Release
        public var to: Release
        /// At most `Limits.plannedCommits` of each kind; `nil` if unknown.
        public var commits: Shipment?
        /// The numbers of further commits that are added and removed.
        public var moreCome: Int?
        public var moreGo: Int?

        init(_ from: Release, _ to: Release, _ shipment: Shipment?) {
            services = [to.service]
            (self.from, self.to) = (from, to)
            guard let shipment else { return }
            let most = Limits.plannedCommits
            commits = Shipment(
                comes: Array(shipment.comes.prefix(most)), goes: Array(shipment.goes.prefix(most)))
            if shipment.comes.count > most { moreCome = shipment.comes.count - most }
            if shipment.goes.count > most { moreGo = shipment.goes.count - most }
        }

        /// Whether both list the same commits: services of one repository ship together.
        func hasTheSame(as other: Shipped) -> Bool {
            (commits, moreCome, moreGo) == (other.commits, other.moreCome, other.moreGo)
                && (commits != nil
                    || (from.tag, from.revision, to.tag, to.revision)
                        == (other.from.tag, other.from.revision, other.to.tag, other.to.revision))
        }
    }
    public var kind: Kind
    public var environment: EnvironmentName
    public var moves: [Move]
    public var steps: [Step]
    /// The steps that roll back to the previous release, if a step fails and `onFailure` is `back`.
    public var back: [Step]
    public var onFailure: OnFailure
    public var returns: [Return]
    /// Commits and changes that are undone, newest first. Only older plans have it; newer plans
    /// have `shipped`.
    public var undone: [String]?
    /// The commits between the current and the planned release.
    public var shipped: [Shipped]?
    /// Services of the playbook that the deploy does not change.
    public var stays: [Stay]?
    /// Migrations applied since the target ran.
    public var migrations: [String]
    public var warnings: [String]
    public var reason: String?
    public var by: String
    /// The state that the plan was made from: `EnvironmentView.fingerprint`.
    public var state: JSONValue
    public var leaseSeconds: Int
    public var approvalSeconds: Int
    public var protected: Bool
    /// The number of required approvals; `nil`: anyone with the right may run it.
    public var approvals: Int?
    /// Who may sign an approval: an allowed-signers file (ssh-keygen(1)); `nil`: names are trusted
    /// without a signature.
    public var signers: String?
    /// True if the plan is a drill: the release that it leaves is not fenced.
    public var drill: Bool?
    /// How many hosts change at the same time; `nil`: one.
    public var batch: Int?
    /// Seconds between two batches.
    public var pause: Double?
    /// How to reach the hosts other than this machine.
    public var servers: [Server]?
    /// The environment's policy for its releases.
    public var policy: Policy?
    /// True if the plan deploys during a freeze; the reason is the plan's.
    public var overridesFreeze: Bool?
    /// SHA-256 of the playbook that the plan was made from.
    public var playbook: ContentHash?
    /// The kept bytes of the ssh configuration that the playbook names, if it names one.
    public var sshConfiguration: ContentHash?
    /// Keyed hashes of the values of its variables at planning time, by name; empty for an unset
    /// variable.
    public var settings: [String: String]?
    /// Where the playbook is weaker than the one last used in this environment.
    public var weaker: [String]?

    static let type = "plan"
}

extension Plan {
    /// The plan as the ledger keeps it; its hash is the plan's digest.
    public func content() throws -> Content {
        Content(Canonical.bytes(try JSONValue(encoding: self)))
    }

    /// Reads a plan from kept bytes; throws `FieldProblem` or `JSONProblem`.
    public init(content: [UInt8]) throws {
        self = try JSONValue(parsing: content).decoded()
        if let type, type != Self.type { throw FieldProblem(field: "type", reason: "not a plan") }
    }

    /// All hosts that the plan changes.
    public var hosts: [HostName] { Array(Set(moves.flatMap(\.hosts))).sorted() }

    /// How to reach a host; `nil` if it is this machine.
    package func server(_ host: HostName) -> Server? { servers?.first { $0.host == host } }

    /// How to reach the host of a step; `nil` if the step runs on this machine.
    public func server(ofStep number: Int) -> Server? {
        let step = (steps + back).first { $0.number == number }
        return step?.site == .host ? step.flatMap { server($0.host) } : nil
    }

    /// The subject of a run's entries about the run as a whole.
    var subject: (service: ServiceName?, tag: ReleaseTag?) {
        let tags = Set(moves.map(\.to.tag))
        return (
            moves.count == 1 ? moves[0].service : nil, tags.count == 1 ? moves.first?.to.tag : nil
        )
    }
}
