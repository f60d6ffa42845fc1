public import CommandPorts
internal import Crypto
public import Ledger
internal import LedgerText
public import Projections

/// What one deploy of one service used, kept by content hash. It makes the release a rollback
/// target.
public struct Bundle: Codable, Hashable, Sendable {
    /// `bundle`; older versions did not write it.
    public var type: String? = Bundle.type
    public var release: Release
    public var environment: EnvironmentName
    public var deploy: [Playbook.Template]
    public var revert: [Playbook.Template]
    public var observe: Probe?
    public var health: HealthCheck?
    public var files: [BundleFile]
    /// Keyed hashes of the values of variables, by name; empty for an unset variable.
    public var variables: [String: String]
    /// Keyed hashes of the values of secrets, by name.
    public var secrets: [String: String]
    public var volumes: [String]
    public var hosts: [HostName]
    /// Files that command lines name but the bundle does not contain.
    public var loose: [String]?
    /// The container that the service runs in, if `ledger` starts it.
    public var container: Container?
    /// The repository of an image that the service's own steps deploy.
    public var image: String?
    /// The volumes that the container keeps, and what it requires on its hosts.
    public var needs: HostNeeds?
    /// The command that reverts one of the release's migrations.
    public var down: Playbook.Template?

    public init(
        release: Release, environment: EnvironmentName, deploy: [Playbook.Template],
        revert: [Playbook.Template], observe: Probe? = nil, health: HealthCheck? = nil,
        files: [BundleFile] = [], variables: [String: String] = [:],
        secrets: [String: String] = [:], volumes: [String] = [], hosts: [HostName] = []
    ) {
        self.release = release
        self.environment = environment
        self.deploy = deploy
        self.revert = revert
        self.observe = observe
        self.health = health
        self.files = files
        self.variables = variables
        self.secrets = secrets
        self.volumes = volumes
        self.hosts = hosts
    }
}

extension Bundle {
    /// The bundle as the ledger keeps it: canonical JSON.
    public func content() throws -> Content {
        Content(Canonical.bytes(try JSONValue(encoding: self)))
    }

    /// Reads a bundle from kept bytes. Throws `FieldProblem` or `JSONProblem`, also for unsafe
    /// content: a file outside its folder, or a variable that a shell could run.
    public init(content: [UInt8]) throws {
        self = try JSONValue(parsing: content).decoded()
        if let type, type != Self.type { throw FieldProblem(field: "type", reason: "not a bundle") }
        for file in files {
            guard let why = BundleFile.problem(in: file.path) else { continue }
            throw FieldProblem(field: "files", reason: "\"\(Quote.line(file.path))\" \(why)")
        }
        for name in Array(variables.keys) + Array(secrets.keys) where !Variable.isName(name) {
            throw FieldProblem(
                field: "variables", reason: "\"\(Quote.line(name))\" is not the name of a variable")
        }
        for template in deploy + revert + [down].compactMap(\.self) where template.run.isEmpty {
            throw FieldProblem(field: "run", reason: "a command line is empty")
        }
    }

    /// The type that kept bytes declare: a plan or the body of a delivery is not a bundle.
    static let type = "bundle"
}

extension Bundle {
    /// The volumes that the service uses, by the engine's names, or as the playbook names them.
    package var allVolumes: [String] {
        let names = (needs?.persistent.map(\.name) ?? []) + volumes
        return names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The repository of its image, whether `ledger` or a step of its own starts it.
    package var repository: String? { container?.image ?? image }

    /// Its image by digest; `nil` without an image. Throws `Refusal` if the digest is unknown.
    package func imageReference() throws(Refusal) -> String? {
        guard let repository else { return nil }
        return try DigestRule.reference(repository, release)
    }

    /// Whether any command of the bundle runs on the hosts themselves.
    package var needsHosts: Bool {
        container != nil
            || (deploy + revert + [down].compactMap(\.self)).contains { $0.site == .host }
            || [observe, health?.probe, health?.and].contains { $0?.site == .host }
    }
}
