internal import Crypto
public import Ledger
public import Projections

/// A file that a bundle holds: where it lay, and the hash under which the ledger keeps its bytes.
public struct BundleFile: Codable, Hashable, Sendable {
    /// Relative to the playbook's folder.
    public var path: String
    public var hash: ContentHash
    public var executable: Bool

    public init(path: String, hash: ContentHash, executable: Bool) {
        self.path = path
        self.hash = hash
        self.executable = executable
    }
}

/// A file of the project, as it lies on disk.
public struct ProjectFile: Hashable, Sendable {
    public var bytes: [UInt8]
    public var executable: Bool

    public init(bytes: [UInt8], executable: Bool) {
        self.bytes = bytes
        self.executable = executable
    }
}

/// What one deploy of one service used, kept by content hash: the way back to its release.
public struct Bundle: Codable, Hashable, Sendable {
    public var release: Release
    public var environment: EnvironmentName
    public var deploy: [Playbook.Template]
    public var revert: [Playbook.Template]
    public var observe: Probe?
    public var health: HealthCheck?
    public var files: [BundleFile]
    /// Keyed hashes of the values that variables had, by name; empty for one that was not set.
    public var variables: [String: String]
    /// The same of secrets.
    public var secrets: [String: String]
    public var volumes: [String]
    public var hosts: [HostName]
    /// Files that command lines name and the bundle does not hold.
    public var loose: [String]?

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

    /// The bundle that kept bytes hold; throws `FieldProblem` or `JSONProblem`.
    public init(content: [UInt8]) throws { self = try JSONValue(parsing: content).decoded() }
}

/// Hashes values under a key of the ledger's own, so that equal values can be told without being
/// kept and nobody can guess them from what is kept (HMAC-SHA256, RFC 2104).
public struct ValueKey: Sendable {
    private let key: SymmetricKey

    public init(bytes: [UInt8]) { key = SymmetricKey(data: bytes) }

    /// 16 hexadecimal digits, or the empty text for a value that is not set.
    public func hash(_ value: String?, of name: String) -> String {
        guard let value else { return "" }
        var code = HMAC<SHA256>(key: key)
        code.update(data: Array("\(name)=\(value)".utf8))
        return String(Hex.encode(code.finalize()).prefix(16))
    }
}

/// Makes bundles from a playbook and the project's files.
public struct Bundling: Sendable {
    let playbook: Playbook
    let variables: [String: String]
    let key: ValueKey
    /// The file at a path relative to the playbook's folder; `nil` if there is none.
    let file: @Sendable (String) throws -> ProjectFile?

    public init(
        playbook: Playbook, variables: [String: String], key: ValueKey,
        file: @escaping @Sendable (String) throws -> ProjectFile?
    ) {
        self.playbook = playbook
        self.variables = variables
        self.key = key
        self.file = file
    }

    /// The bundle of one release, and all contents that the ledger must keep with it.
    ///
    /// Throws `Refusal` if a file is missing or not executable, or holds the value of a secret.
    public func bundle(
        _ release: Release, for environment: EnvironmentName
    ) throws -> (Bundle, [Content]) {
        guard let service = playbook.services[release.service] else {
            throw Refusal(
                .unknownName, "the playbook has no service \"\(release.service)\"",
                hint: nearest(
                    to: release.service.rawValue,
                    among: playbook.services.keys.map(\.rawValue).sorted()
                ).map { "did you mean \($0)?" })
        }
        let templates = service.deploy + (service.revert ?? [])
        let commands =
            templates.map(\.run) + templates.compactMap(\.check)
            + [service.observe?.run, service.health?.probe.run].compactMap(\.self)
        let programs = Set(commands.map { $0[0] }.filter(Self.isFile))
        var contents: [Content] = []
        var files: [BundleFile] = []
        for path in programs.union(service.files).sorted() {
            let found = try read(path, program: programs.contains(path))
            let content = Content(found.bytes)
            contents.append(content)
            files.append(
                BundleFile(path: path, hash: content.hash, executable: found.executable))
        }
        try refuseSecrets(in: service, zip(files, contents).map { ($0.path, $1) })
        try refuseShortSecrets(of: service)
        let hash = { (names: [String]) in
            Dictionary(
                uniqueKeysWithValues: Set(names).map { ($0, key.hash(variables[$0], of: $0)) })
        }
        var bundle = Bundle(
            release: release, environment: environment, deploy: service.deploy,
            revert: service.revert ?? service.deploy, observe: service.observe,
            health: service.health, files: files, variables: hash(service.variables),
            secrets: hash(service.secrets), volumes: service.volumes,
            hosts: playbook.environments[environment]?.hosts ?? [])
        let loose = try looseFiles(of: commands, besides: Set(files.map(\.path)))
        if !loose.isEmpty { bundle.loose = loose }
        contents.append(try bundle.content())
        return (bundle, contents)
    }

    /// Whether the program of a command line is a file of the project, and not one of the system's.
    public static func isFile(_ program: String) -> Bool {
        program.contains("/") && !program.hasPrefix("/")
    }

    /// Words of command lines that name files of the project which are not kept: what an
    /// interpreter is handed is as good as a program, but may be anything, a file of secrets too.
    private func looseFiles(
        of commands: [[String]], besides kept: Set<String>
    ) throws -> [String] {
        let words = commands.flatMap { $0.dropFirst() }.flatMap { word in
            [word, word.split(separator: "=", maxSplits: 1).last.map(String.init) ?? word]
        }
        return try Set(words).filter { word in
            let plain = word.hasPrefix("./") ? String(word.dropFirst(2)) : word
            if kept.contains(plain) || word.isEmpty || "-/".contains(word.first ?? "-")
                || word.split(separator: "/").contains("..")
            {
                return false
            }
            return try file(word) != nil
        }.sorted()
    }

    private func read(_ path: String, program: Bool) throws -> ProjectFile {
        if path.hasPrefix("/") || path.split(separator: "/").contains("..") {
            throw Refusal(
                .invalid, "\(path) lies outside the playbook's folder",
                hint: "keep the files of a deploy beside the playbook")
        }
        guard let found = try file(path) else {
            throw Refusal(
                .notPossible, "\(path) is missing", cause: "the playbook names it",
                hint: "add the file, or correct ledger.yaml")
        }
        if program && !found.executable {
            throw Refusal(
                .notPossible, "\(path) is not executable", cause: "the playbook runs it",
                hint: "chmod +x \(path)")
        }
        return found
    }

    /// A short value cannot be taken out of what is written down: it occurs in ordinary texts.
    private func refuseShortSecrets(of service: Playbook.Service) throws(Refusal) {
        for name in service.secrets {
            guard let value = variables[name], !value.isEmpty,
                value.utf8.count < Redactor.shortestSecret
            else { continue }
            throw Refusal(
                .invalid, "the secret \(name) is too short to be kept out of the ledger",
                cause: "it has \(value.utf8.count) bytes; such a text occurs anywhere",
                hint: "use one of at least \(Redactor.shortestSecret) bytes")
        }
    }

    /// A bundle is kept for ever: a secret in it could never be taken back.
    private func refuseSecrets(
        in service: Playbook.Service, _ files: [(String, Content)]
    ) throws {
        let all = playbook.services.values.flatMap(\.secrets)
        let redactor = Redactor(variables: variables, secrets: all)
        let templates = try JSONValue(encoding: service.deploy + (service.revert ?? []))
        let probes = try [service.observe, service.health?.probe].compactMap {
            try $0.map { try JSONValue(encoding: $0) }
        }
        let playbookText = Canonical.bytes(.array([templates] + probes))
        // Command lines are looked at word by word too: as JSON a value may be spelt otherwise.
        let lines =
            (service.deploy + (service.revert ?? [])).flatMap { [$0.run, $0.check ?? []] }
            + [service.observe?.run ?? [], service.health?.probe.run ?? []]
        let isTold = lines.contains(where: redactor.holdsSecret)
        let place =
            files.first { redactor.knowsSecret(in: $0.1.bytes) }?.0
            ?? (redactor.knowsSecret(in: playbookText) || isTold ? "ledger.yaml" : nil)
        guard let place else { return }
        let name = Set(all).sorted().first { name in
            (variables[name]).map { value in
                value.utf8.count >= Redactor.shortestSecret
                    && files.contains { $0.1.bytes.firstRange(of: Array(value.utf8)) != nil }
            } ?? false
        }
        throw Refusal(
            .invalid,
            "\(place) contains "
                + (name.map { "the value of the secret \($0)" } ?? "what looks like a credential"),
            cause: "what a deploy uses is kept for ever, and secrets are never written down",
            hint:
                "read it from the environment variable instead, and change the secret if the file "
                + "was ever shared")
    }
}
