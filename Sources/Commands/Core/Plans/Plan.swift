public import CommandPorts
public import Ledger
public import Projections

/// The ordered way from one state of an environment to another. Pure data; its digest is what is
/// approved.
public struct Plan: Codable, Hashable, Sendable {
    /// `plan`; older programs did not write it.
    public var type: String? = Plan.type
    /// Forward or back.
    public enum Kind: String, Choice { case deploy, revert }
    /// What happens when a step fails.
    public enum OnFailure: String, Choice {
        /// Stop where it failed, and leave things as they are.
        case stop
        /// Put back what ran before.
        case back
    }
    /// One service that changes its release.
    public struct Move: Codable, Hashable, Sendable {
        public var service: ServiceName
        public var from: Release?
        public var to: Release
        public var hosts: [HostName]
        /// The bundle that is used, and stays as the way back to `to`.
        public var bundle: ContentHash
        public var observe: Probe?
        public var health: HealthCheck?
        /// The bundle of what ran before, and how that is looked for, if it has to be put back.
        public var bundleBack: ContentHash?
        public var observeBack: Probe?
        public var healthBack: HealthCheck?
        /// Hosts that were last seen running something else than `from`.
        public var others: [Other]?
        /// Where the release that runs has data.
        public var kept: Kept?
        /// True if a revert takes another one back: what it leaves is not fenced (LED-0004).
        public var takesBack: Bool?
    }
    /// Volumes that hold data, and the hosts on which they do.
    public struct Kept: Codable, Hashable, Sendable {
        public var volumes: [String]
        public var hosts: [HostName]
    }
    /// What one host was last seen running.
    public struct Other: Codable, Hashable, Sendable {
        public var host: HostName
        public var release: Release
    }
    /// A service that keeps what it runs: what is deployed does not name it.
    public struct Stay: Codable, Hashable, Sendable {
        public var service: ServiceName
        /// `nil` if it runs nothing yet.
        public var release: Release?
    }
    /// A line of the table that says what comes back.
    public struct Return: Codable, Hashable, Sendable {
        /// What becomes of it.
        public enum Fate: String, Choice { case comesBack, changes, unchanged, unknown }
        public var service: ServiceName
        public var what: String
        public var fate: Fate
        public var why: String
    }
    /// The commits between what some services run and what they are to run.
    public struct Shipped: Codable, Hashable, Sendable {
        public var services: [ServiceName]
        public var from: Release
        public var to: Release
        /// At most `Limits.plannedCommits` of each kind; `nil` if nobody knows.
        public var commits: Shipment?
        /// How many more come, and go.
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

        /// Whether both speak of the same commits: services of one repository ship together.
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
    /// The steps that put back what ran before, if a step fails and `onFailure` is `back`.
    public var back: [Step]
    public var onFailure: OnFailure
    public var returns: [Return]
    /// Commits and changes that are undone, the newest first: of older plans, which have no
    /// `shipped`.
    public var undone: [String]?
    /// The commits between what runs and what is to run.
    public var shipped: [Shipped]?
    /// Services of the playbook that a deploy leaves behind.
    public var stays: [Stay]?
    /// Migrations applied since the target ran.
    public var migrations: [String]
    public var warnings: [String]
    public var reason: String?
    public var by: String
    /// The state it was made from: `EnvironmentView.fingerprint`.
    public var state: JSONValue
    public var leaseSeconds: Int
    public var approvalSeconds: Int
    public var protected: Bool
    /// How many others have to approve; `nil`: whoever is asked.
    public var approvals: Int?
    /// Who may sign an approval: an allowed-signers file (ssh-keygen(1)); `nil`: names are
    /// believed.
    public var signers: String?
    /// True if it only rehearses: what it leaves is not fenced.
    public var drill: Bool?
    /// How many hosts change at the same time; `nil`: one.
    public var batch: Int?
    /// Seconds between two batches.
    public var pause: Double?
    /// How the hosts are reached that are not this machine.
    public var servers: [Server]?
    /// What the environment asks of its releases.
    public var policy: Policy?
    /// True if it goes out in a freeze; the reason is the plan's.
    public var overridesFreeze: Bool?
    /// SHA-256 of the playbook that it was made from.
    public var playbook: ContentHash?
    /// The kept bytes of the ssh configuration with which hosts are reached, if the playbook names
    /// one.
    public var sshConfiguration: ContentHash?
    /// Keyed hashes of the values that its settings had when it was made, by name; empty for one
    /// that was not set.
    public var settings: [String: String]?
    /// What the playbook asks less of than the one last used here did.
    public var weaker: [String]?

    static let type = "plan"
}

extension Plan {
    /// The plan as the ledger keeps it; its hash is the plan's digest.
    public func content() throws -> Content {
        Content(Canonical.bytes(try JSONValue(encoding: self)))
    }

    /// The plan that kept bytes hold; throws `FieldProblem` or `JSONProblem`.
    public init(content: [UInt8]) throws {
        self = try JSONValue(parsing: content).decoded()
        if let type, type != Self.type { throw FieldProblem(field: "type", reason: "not a plan") }
    }

    /// All hosts that it touches.
    public var hosts: [HostName] { Array(Set(moves.flatMap(\.hosts))).sorted() }

    /// The hosts of a move that change together, one batch after the other; only some hosts' if
    /// `only` says so.
    func batches(of move: Move, _ only: Set<HostName>?) -> [[HostName]] {
        let hosts = move.hosts.filter { only?.contains($0) ?? true }
        let size = max(1, batch ?? 1)
        return stride(from: 0, to: hosts.count, by: size).map {
            Array(hosts[$0..<min($0 + size, hosts.count)])
        }
    }

    /// How a host is reached; `nil` if it is this machine.
    package func server(_ host: HostName) -> Server? { servers?.first { $0.host == host } }

    /// How the host of a step is reached; `nil` if the step runs on this machine.
    public func server(ofStep number: Int) -> Server? {
        let step = (steps + back).first { $0.number == number }
        return step?.site == .host ? step.flatMap { server($0.host) } : nil
    }

    /// The subject of a run's entries about the whole of it.
    var subject: (service: ServiceName?, tag: ReleaseTag?) {
        let tags = Set(moves.map(\.to.tag))
        return (
            moves.count == 1 ? moves[0].service : nil, tags.count == 1 ? moves.first?.to.tag : nil
        )
    }
}
