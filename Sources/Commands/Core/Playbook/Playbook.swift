public import CommandPorts
public import Ledger

/// The team's way of working, as a value: which environments there are, and per service how to go
/// out, how to come back, how to look, and what healthy means.
public struct Playbook: Hashable, Sendable {
    /// An environment: its hosts, and what it takes to change it.
    public struct Environment: Hashable, Sendable {
        public var hosts: [HostName]
        /// Its name must be typed, or somebody else must approve.
        public var protected: Bool
        /// Seconds a lease lasts after a run's last entry.
        public var leaseSeconds: Int
        /// Seconds an approval lasts.
        public var approvalSeconds: Int
        /// How many others have to approve; 0: whoever is asked.
        public var approvalsNeeded = 0
        /// The file that says who may sign approvals, relative to the playbook's folder.
        public var signers: String?
        /// How the hosts are reached that are not this machine.
        public var servers: [Server]
        /// How many hosts change at the same time.
        public var batch: Batch
        /// Seconds between two batches.
        public var pause: Double
        /// What is asked of a release before it may go there.
        public var policy: Policy?

        /// A part of the hosts.
        public enum Batch: Hashable, Sendable {
            case hosts(Int)
            case percent(Int)

            /// How many of so many: at least one.
            public func count(of all: Int) -> Int {
                switch self {
                case .hosts(let count): max(1, min(count, all))
                case .percent(let percent): max(1, all * percent / 100)
                }
            }
        }

        public init(
            hosts: [HostName] = [HostName(unchecked: "localhost")], protected: Bool = false,
            leaseSeconds: Int = 300, approvalSeconds: Int = 3600, servers: [Server] = [],
            batch: Batch = .hosts(1), pause: Double = 0
        ) {
            self.servers = servers
            self.batch = batch
            self.pause = pause
            self.hosts = hosts
            self.protected = protected
            self.leaseSeconds = leaseSeconds
            self.approvalSeconds = approvalSeconds
        }
    }

    /// A step as the playbook has it, before it is bound to a host.
    public struct Template: Codable, Hashable, Sendable {
        public var name: String
        public var run: [String]
        public var seconds: Int
        public var once: Bool
        public var check: [String]?
        /// Where it runs; `nil`: here.
        public var site: Site?
        /// True if it waits until the release was seen running on the host.
        public var afterLook: Bool?

        public init(
            name: String, run: [String], seconds: Int = 300, once: Bool = false,
            check: [String]? = nil, site: Site? = nil, afterLook: Bool? = nil
        ) {
            self.site = site
            self.afterLook = afterLook
            self.name = name
            self.run = run
            self.seconds = seconds
            self.once = once
            self.check = check
        }
    }

    /// A program that is told of an entry: it gets it as JSON on standard input.
    public struct Hook: Hashable, Sendable {
        public var run: [String]
        public var seconds: Int
        /// Environment variables that it sees, by name.
        public var variables: [String]
    }

    /// How one service goes out, comes back and is looked at.
    public struct Service: Hashable, Sendable {
        /// Its own steps; for a service in a container those between pulling and starting.
        public var deploy: [Template]
        /// `nil`: the deploy steps, with the earlier release.
        public var revert: [Template]?
        public var observe: Probe?
        public var health: HealthCheck?
        /// Files that the steps use, beside the programs they name.
        public var files: [String]
        /// Environment variables that the steps see, by name.
        public var variables: [String]
        /// Environment variables that hold secrets, by name.
        public var secrets: [String]
        /// Persistent volumes, by name.
        public var volumes: [String]
        /// Where the service runs; `nil`: everywhere.
        public var environments: [EnvironmentName]?
        /// The container that it runs in, if `ledger` is to start it.
        public var container: Container?
        /// Takes a host out of the proxy before anything is done there.
        public var drain: Template?
        /// Puts it back when the release was seen running there.
        public var undrain: Template?
        /// Takes one migration back: run by the release that made it, before anything else.
        public var down: Template?

        public init(
            deploy: [Template], revert: [Template]? = nil, observe: Probe? = nil,
            health: HealthCheck? = nil, files: [String] = [], variables: [String] = [],
            secrets: [String] = [], volumes: [String] = [], environments: [EnvironmentName]? = nil
        ) {
            self.deploy = deploy
            self.revert = revert
            self.observe = observe
            self.health = health
            self.files = files
            self.variables = variables
            self.secrets = secrets
            self.volumes = volumes
            self.environments = environments
        }
    }

    public var environments: [EnvironmentName: Environment]
    /// SHA-256 of the text that it was read from.
    public var hash: ContentHash?
    /// A configuration file for ssh in place of the person's own, relative to the playbook.
    public var sshConfiguration: String?
    /// Programs that are told of entries, by kind.
    public var hooks: [EventKind: [Hook]] = [:]
    /// Registries that are asked over plain HTTP, with their ports.
    public var insecureRegistries: [String] = []
    public var services: [ServiceName: Service]

    public init(
        environments: [EnvironmentName: Environment] = [:], services: [ServiceName: Service] = [:]
    ) {
        self.environments = environments
        self.services = services
    }

    /// The services that run in an environment, by name.
    public func services(in environment: EnvironmentName) -> [ServiceName] {
        services.filter { $0.value.environments?.contains(environment) ?? true }.keys.sorted()
    }

    /// The environment of this name, or the only one if none is named.
    ///
    /// It is never guessed: a name that is not there, or no name where there are several, is
    /// refused.
    public func environment(
        named name: String?
    ) throws(Refusal) -> EnvironmentName {
        let known = environments.keys.sorted()
        let list = known.map(\.rawValue).joined(separator: ", ")
        guard let name else {
            if known.count == 1, let only = known.first { return only }
            throw Refusal(
                .ambiguous, "no environment was named",
                cause: known.isEmpty ? "there is none yet" : "there are \(list)",
                hint: "name one: -e \(known.first?.rawValue ?? "production")")
        }
        if let found = known.first(where: { $0.rawValue == name }) { return found }
        throw Refusal(
            .unknownName, "there is no environment \"\(name)\"",
            cause: known.isEmpty ? "there is none yet" : "there are \(list)",
            hint: nearest(to: name, among: known.map(\.rawValue)).map { "did you mean \($0)?" })
    }
}
