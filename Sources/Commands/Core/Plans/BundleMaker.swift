internal import CommandFiles
internal import CommandPorts
public import CommandSecrets
public import Ledger
internal import LedgerText
public import Projections

/// Makes bundles from a playbook and the project's files.
public struct BundleMaker: Sendable {
    let playbook: Playbook
    package let variables: [String: String]
    package let key: ValueKey
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
    /// Throws `Refusal` if a file is missing or not executable, or contains the value of a secret.
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
        let (deploy, revert) = try rendered(service, release)
        let probes = [service.observe, service.health?.probe, service.health?.and]
        let down = [service.down].compactMap(\.self)
        let commands =
            (deploy + revert + down).flatMap { [$0.run, $0.check ?? []] }
            + probes.map { $0?.run ?? [] }
        let made = try made(service, release)
        let programs = Set(commands.compactMap(\.first).filter(Self.isFile))
            .subtracting(made.keys)
        var contents: [Content] = []
        var files: [BundleFile] = []
        for path in programs.union(service.files).union(made.keys).sorted() {
            let found = try made[path] ?? read(path, program: programs.contains(path))
            let content = Content(found.bytes)
            contents.append(content)
            files.append(
                BundleFile(path: path, hash: content.hash, executable: found.executable))
        }
        try refuseSecrets(
            deploy + revert + down, probes.compactMap(\.self),
            zip(files, contents).map { ($0.path, $1) })
        try refuseShortSecrets(of: service)
        let hash = { (names: [String]) in
            Dictionary(
                uniqueKeysWithValues: Set(names).map { ($0, key.hash(variables[$0], of: $0)) })
        }
        var bundle = Bundle(
            release: release, environment: environment, deploy: deploy,
            revert: revert, observe: service.observe,
            health: service.health, files: files, variables: hash(service.variables),
            secrets: hash(service.secrets), volumes: service.volumes,
            hosts: playbook.environments[environment]?.hosts ?? [])
        (bundle.container, bundle.image) = (service.container, service.image)
        _ = try bundle.imageReference()
        if let container = service.container {
            var compose: String?
            if case .compose(let how) = container.start {
                compose = (made[how.file]?.bytes).map { String(decoding: $0, as: UTF8.self) }
            }
            bundle.needs = container.needs(
                compose: compose, known: Set(service.variables + service.secrets))
        }
        bundle.down = service.down
        let loose = try looseFiles(
            of: (deploy + revert + down).flatMap { [$0.run, $0.check ?? []] }, probes,
            besides: Set(files.map(\.path)))
        if !loose.isEmpty { bundle.loose = loose }
        contents.append(try bundle.content())
        return (bundle, contents)
    }

    /// The kept files that differ from the project's current files, where a step could read either.
    /// Only files count that no command line names, because for a named file `ledger` passes the
    /// kept copy; and only if a step runs in the project's folder.
    package func stale(_ bundle: Bundle) throws -> [String] {
        let here = bundle.revert.filter { $0.site != .host }
        if here.isEmpty { return [] }
        let words = Set(here.flatMap { $0.run + ($0.check ?? []) }.map(Self.plain))
        return try bundle.files.filter { file in
            guard !words.contains(file.path), !file.path.begins(with: ".ledger/") else {
                return false
            }
            // A deleted file counts as different.
            return try self.file(file.path).map { ContentHash(of: $0.bytes) != file.hash } ?? true
        }.map(\.path)
    }

    private static func plain(_ word: String) -> String {
        word.begins(with: "./") ? String(word.dropFirst(2)) : word
    }

    /// Files that command lines name but the bundle does not contain. Of a probe only program files
    /// count: its other arguments may name the thing that it observes.
    private func looseFiles(
        of steps: [[String]], _ probes: [Probe?], besides known: Set<String>
    ) throws -> [String] {
        let asked = try looseFiles(of: probes.map { $0?.run ?? [] }, besides: known).filter {
            try file($0)?.isProgram ?? false
        }
        return Set(try looseFiles(of: steps, besides: known) + asked).sorted()
    }

    /// The deploy and revert steps of a service, with those that the playbook leaves to `ledger`.
    private func rendered(
        _ service: Playbook.Service, _ release: Release
    ) throws -> ([Playbook.Template], [Playbook.Template]) {
        func all(_ own: [Playbook.Template]) throws -> [Playbook.Template] {
            var steps = try service.container?.steps(release, own: own) ?? own
            if var drain = service.drain {
                if drain.name == drain.run.first { drain.name = "drain" }
                steps.insert(drain, at: 0)
            }
            if var undrain = service.undrain {
                if undrain.name == undrain.run.first { undrain.name = "undrain" }
                undrain.afterLook = true
                steps.append(undrain)
            }
            return steps
        }
        return (try all(service.deploy), try all(service.revert ?? service.deploy))
    }

    /// The files that `ledger` generates for a container, and its compose file.
    private func made(
        _ service: Playbook.Service, _ release: Release
    ) throws -> [String: ProjectFile] {
        guard let container = service.container else { return [:] }
        var files = [Container.script: Container.scriptFile]
        files[Container.pins] = try container.pins(release)
        if case .compose(let compose) = container.start {
            let file = try read(compose.file, program: false)
            try refuseUnknownServices(compose, file)
            files[compose.file] = file
        }
        return files
    }

    private func refuseUnknownServices(
        _ compose: Container.Compose, _ file: ProjectFile
    ) throws {
        let text = String(decoding: file.bytes, as: UTF8.self)
        let root = try StrictYAML.document(text, file: compose.file)
        let all = try root.pairs().first { $0.key.text == "services" }?.1.pairs() ?? []
        let known = all.map(\.key.text)
        for service in compose.services where !known.contains(service) {
            throw Refusal(
                .notPossible, "\(compose.file) has no service \"\(service)\"",
                cause: known.isEmpty
                    ? "it has no services" : "known services: \(known.joined(separator: ", "))",
                hint: nearest(to: service, among: known).map { "did you mean \($0)?" })
        }
    }

    /// Whether the program of a command line is a file of the project, not of the system.
    public static func isFile(_ program: String) -> Bool {
        program.holds("/") && !program.begins(with: "/")
    }

    /// Arguments that name project files which are not kept. Such a file may be a script for an
    /// interpreter, which a revert needs; but it may also hold secrets, so it is not kept without
    /// being listed.
    private func looseFiles(
        of commands: [[String]], besides kept: Set<String>
    ) throws -> [String] {
        let words = commands.flatMap { $0.dropFirst() }.flatMap { word in
            [word, word.parts(separator: "=", maxSplits: 1).last.map(String.init) ?? word]
        }
        return try Set(words).filter { word in
            let plain = word.begins(with: "./") ? String(word.dropFirst(2)) : word
            if kept.contains(plain) || word.isEmpty || "-/".contains(word.first ?? "-")
                || word.parts(separator: "/").contains("..")
            {
                return false
            }
            return try file(word) != nil
        }.sorted()
    }

    /// The bytes of the ssh configuration that the playbook names; `nil` if it names none.
    package func sshConfiguration() throws -> Content? {
        try playbook.sshConfiguration.map { Content(try read($0, program: false).bytes) }
    }

    /// A file of the project as text. Throws `Refusal` if it is not there.
    package func text(of path: String) throws -> String {
        String(decoding: try read(path, program: false).bytes, as: UTF8.self)
    }

    private func read(_ path: String, program: Bool) throws -> ProjectFile {
        if path.begins(with: "/") || path.parts(separator: "/").contains("..") {
            throw Refusal(
                .invalid, "\(path) is outside the playbook's folder",
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

    /// A short value cannot be filtered from recorded text: it occurs in ordinary text.
    private func refuseShortSecrets(of service: Playbook.Service) throws(Refusal) {
        for name in service.secrets {
            guard let value = variables[name], !value.isEmpty,
                value.utf8.count < SecretFilter.shortestSecret
            else { continue }
            throw Refusal(
                .invalid, "the secret \(name) is too short to be filtered from the ledger",
                cause: "it has \(value.utf8.count) bytes; short values occur in ordinary text",
                hint: "use a secret of at least \(SecretFilter.shortestSecret) bytes")
        }
    }

    /// A bundle is kept forever: a secret in it could never be removed.
    private func refuseSecrets(
        _ templates: [Playbook.Template], _ probes: [Probe], _ files: [(String, Content)]
    ) throws {
        let all = playbook.services.values.flatMap(\.secrets)
        let secretFilter = SecretFilter(variables: variables, secrets: all)
        let parts =
            try [JSONValue(encoding: templates)] + probes.map { try JSONValue(encoding: $0) }
        let playbookText = Canonical.bytes(.array(parts))
        // Command lines are also checked word by word: in JSON a value may be escaped.
        let lines =
            templates.flatMap { [$0.run, $0.check ?? []] } + probes.map { $0.run ?? [] }
        let isTold = lines.contains(where: secretFilter.holdsSecret)
        let place =
            files.first { secretFilter.knowsSecret(in: $0.1.bytes) }?.0
            ?? (secretFilter.knowsSecret(in: playbookText) || isTold ? "ledger.yaml" : nil)
        guard let place else { return }
        let name = Set(all).sorted().first { name in
            (variables[name]).map { value in
                value.utf8.count >= SecretFilter.shortestSecret
                    && files.contains { $0.1.bytes.firstRange(of: Array(value.utf8)) != nil }
            } ?? false
        }
        throw Refusal(
            .invalid,
            "\(place) contains "
                + (name.map { "the value of the secret \($0)" } ?? "a possible credential"),
            cause: "the ledger keeps bundles forever and never stores secrets",
            hint:
                "read it from an environment variable instead, and rotate the secret if the file "
                + "was ever shared")
    }
}
