public import CommandPorts
public import Ledger

/// The team's process as a value: its environments, and per service how to deploy, revert, observe
/// and check health.
public struct Playbook: Hashable, Sendable {
    /// An environment: its hosts, and the rules for changing it.
    public struct Environment: Hashable, Sendable {
        public var hosts: [HostName]
        /// A change requires its name to be typed, or another person's approval.
        public var protected: Bool
        /// Seconds a lease lasts after a run's last entry.
        public var leaseSeconds: Int
        /// Seconds an approval lasts.
        public var approvalSeconds: Int
        /// The number of required approvals by others; 0: the person who runs it confirms.
        public var approvalsNeeded = 0
        /// The file that lists who may sign approvals, relative to the playbook's folder.
        public var signers: String?
        /// How to reach the hosts other than this machine.
        public var servers: [Server]
        /// How many hosts change at the same time.
        public var batch: Batch
        /// Seconds between two batches.
        public var pause: Double
        /// The policy for releases in the environment.
        public var policy: Policy?

        /// A part of the hosts.
        public enum Batch: Hashable, Sendable {
            case hosts(Int)
            case percent(Int)

            /// The number of hosts out of a total: at least one.
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

    /// A step as the playbook defines it, before it is bound to a host.
    public struct Template: Codable, Hashable, Sendable {
        public var name: String
        public var run: [String]
        public var seconds: Int
        public var once: Bool
        public var check: [String]?
        /// Where the step runs; `nil`: on this machine.
        public var site: Site?
        /// True if the step waits until the release was observed on the host.
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

    /// A program that receives an entry as JSON on standard input.
    public struct Hook: Hashable, Sendable {
        public var run: [String]
        public var seconds: Int
        /// Environment variables that it can read, by name.
        public var variables: [String]
    }

    /// How to deploy, revert and observe one service.
    public struct Service: Hashable, Sendable {
        /// Its own steps; for a service in a container, the steps between pull and start.
        public var deploy: [Template]
        /// `nil`: the deploy steps, with the earlier release.
        public var revert: [Template]?
        public var observe: Probe?
        public var health: HealthCheck?
        /// Files that the steps use, beside the programs they name.
        public var files: [String]
        /// Environment variables that the steps can read, by name.
        public var variables: [String]
        /// Environment variables that hold secrets, by name.
        public var secrets: [String]
        /// Persistent volumes, by name.
        public var volumes: [String]
        /// The environments where the service runs; `nil`: all.
        public var environments: [EnvironmentName]?
        /// The container that the service runs in, if `ledger` starts it.
        public var container: Container?
        /// The repository of an image that the service's own steps deploy, without a tag.
        public var image: String?
        /// The repository of its image, whether `ledger` or a step of its own starts it.
        public var repository: String? { container?.image ?? image }
        /// Removes a host from the proxy before the host changes.
        public var drain: Template?
        /// Returns the host to the proxy after the release was observed there.
        public var undrain: Template?
        /// Reverts one migration. The release that applied it runs this before all other steps.
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
    /// SHA-256 of the text of the playbook.
    public var hash: ContentHash?
    /// An ssh configuration file that replaces the person's own, relative to the playbook.
    public var sshConfiguration: String?
    /// Programs that receive entries, by kind.
    public var hooks: [EventKind: [Hook]] = [:]
    /// Registries that are accessed over plain HTTP, with their ports.
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

    /// The environment of this name, or the only one if no name is given.
    ///
    /// It is never guessed: an unknown name, or no name where there are several, is refused.
    public func environment(
        named name: String?
    ) throws(Refusal) -> EnvironmentName {
        let known = environments.keys.sorted()
        let list = known.map(\.rawValue).joined(separator: ", ")
        guard let name else {
            if known.count == 1, let only = known.first { return only }
            throw Refusal(
                .ambiguous, "no environment given",
                cause: known.isEmpty
                    ? "there are no environments yet" : "known environments: \(list)",
                hint: "add: -e \(known.first?.rawValue ?? "production")")
        }
        if let found = known.first(where: { $0.rawValue == name }) { return found }
        throw Refusal(
            .unknownName, "there is no environment \"\(name)\"",
            cause: known.isEmpty
                ? "there are no environments yet" : "known environments: \(list)",
            hint: nearest(to: name, among: known.map(\.rawValue)).map { "did you mean \($0)?" })
    }
}
