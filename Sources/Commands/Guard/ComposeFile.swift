internal import LedgerText

/// A compose file, with what its overrides say, as the rules need it
/// (docs.docker.com/reference/compose-file).
struct ComposeFile {
    /// A place where something is mounted.
    struct Mount {
        /// A folder of the host, or a named volume; `nil` for an anonymous one.
        let source: String?
        let target: String
        let isTemporary: Bool
        var isReadOnly = false
        /// False if a variable that is known elsewhere says where the data lie.
        var isKnown = true
        let line: Int
    }
    struct Build {
        /// From the compose file's folder.
        let context: String
        let dockerfile: String?
        let target: String?
        let arguments: [(name: String, value: String, line: Int)]
        let line: Int
    }
    struct Service {
        let name: String
        let line: Int
        var image: (text: String, line: Int)?
        var build: Build?
        var environment: [(name: String, value: String, line: Int)] = []
        /// Files of variables that the container gets.
        var settings: [(path: String, isRequired: Bool)] = []
        var mounts: [Mount] = []
        var commands: [(words: [String], line: Int)] = []
        var user: String?
        var privileged: Int?
        var usesGPU = false
    }
    let path: String
    var services: [Service]

    /// Reads one, and what it extends; `nil` if it is none. Throws `GuardProblem`.
    init?(_ path: String, _ tree: SourceTree) throws(GuardProblem) {
        self.path = path
        guard let root = try LooseYAML.document(tree.texts[path] ?? ""),
            let services = root["services"]
        else { return nil }
        var read: [Service] = []
        for (name, value, line) in services.pairs {
            read.append(try Self.service(name, value, line, path, tree, depth: 0))
        }
        self.services = read
    }

    /// How many services may extend each other in a row.
    private static let deepest = 8

    private static func service(
        _ name: String, _ yaml: LooseYAML, _ line: Int, _ path: String, _ tree: SourceTree,
        depth: Int
    ) throws(GuardProblem) -> Service {
        var service = Service(name: name, line: line)
        if let extended = yaml["extends"], depth < deepest {
            let other = extended.text ?? extended["service"]?.text ?? ""
            let file = extended["file"]?.text
            let place = file.flatMap {
                SourceTree.resolve($0, from: SourceTree.folder(of: path))
            }
            if let text = tree.texts[place ?? path], file == nil || place != nil,
                other != name
                    || file != nil, let base = try LooseYAML.document(text)?["services"]?[other]
            {
                service = try Self.service(name, base, line, place ?? path, tree, depth: depth + 1)
            }
        }
        return merged(service, yaml)
    }

    /// What a service says, over what it had.
    private static func merged(_ before: Service, _ yaml: LooseYAML) -> Service {
        var service = before
        if let image = yaml["image"], let text = image.text {
            service.image = (Self.known(text), image.line)
        }
        if let build = yaml["build"] { service.build = self.build(build) }
        let environment = yaml["environment"].map(variables) ?? []
        service.environment.removeAll { old in environment.contains { $0.name == old.name } }
        service.environment += environment
        service.settings += (yaml["env_file"].map(settings) ?? [])
        let mounts = (yaml["volumes"]?.items ?? []).compactMap(mount)
        service.mounts.removeAll { old in mounts.contains { $0.target == old.target } }
        service.mounts += mounts
        service.mounts += (yaml["tmpfs"]?.texts ?? []).map {
            Mount(source: nil, target: $0.text, isTemporary: true, line: $0.line)
        }
        for key in ["command", "entrypoint"] {
            guard let value = yaml[key] else { continue }
            let words = value.text.map { DockerVariables.words($0) } ?? value.texts.map(\.text)
            service.commands.append((words, value.line))
        }
        if let test = yaml["healthcheck"]?["test"] {
            let words = test.text.map { DockerVariables.words($0) } ?? test.texts.map(\.text)
            service.commands.append((words, test.line))
        }
        if let user = yaml["user"]?.text { service.user = known(user) }
        if let privileged = yaml["privileged"] {
            service.privileged = privileged.text == "true" ? privileged.line : nil
        }
        let devices = yaml["deploy"]?["resources"]?["reservations"]?["devices"]?.items ?? []
        service.usesGPU =
            service.usesGPU || yaml["gpus"] != nil || yaml["runtime"]?.text == "nvidia"
            || devices.contains { $0["capabilities"]?.texts.contains { $0.text == "gpu" } ?? false }
        return service
    }

    /// The same, with what another file says over it (`compose.override.yaml`).
    mutating func override(with other: ComposeFile) {
        for service in other.services {
            guard let place = services.firstIndex(where: { $0.name == service.name }) else {
                services.append(service)
                continue
            }
            services[place].image = service.image ?? services[place].image
            services[place].build = service.build ?? services[place].build
            services[place].user = service.user ?? services[place].user
            services[place].mounts += service.mounts
        }
    }

    /// What stands over another file has what that mounts.
    mutating func inheritMounts(of base: ComposeFile) {
        for place in services.indices {
            let below = base.services.first { $0.name == services[place].name }
            services[place].mounts += below?.mounts ?? []
        }
    }

    private static func build(_ yaml: LooseYAML) -> Build {
        Build(
            context: known(yaml.text ?? yaml["context"]?.text ?? "."),
            dockerfile: (yaml["dockerfile"]?.text).map(known), target: yaml["target"]?.text,
            arguments: yaml["args"].map(variables) ?? [], line: yaml.line)
    }

    /// A list (`NAME=value`) or a map.
    private static func variables(_ yaml: LooseYAML) -> [(name: String, value: String, line: Int)] {
        let pairs = yaml.pairs.map { ($0.name, $0.value.text ?? "", $0.line) }
        return pairs
            + yaml.texts.map { text, line in
                let parts = text.parts(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "", line)
            }
    }

    private static func settings(_ yaml: LooseYAML) -> [(path: String, isRequired: Bool)] {
        let long = yaml.items.compactMap { item in
            item["path"]?.text.map { ($0, item["required"]?.text != "false") }
        }
        return yaml.texts.map { ($0.text, true) } + (yaml.text.map { [($0, true)] } ?? []) + long
    }

    /// `source:target:mode`, or the long form.
    private static func mount(_ yaml: LooseYAML) -> Mount? {
        if let target = yaml["target"]?.text {
            return Mount(
                source: yaml["source"]?.text, target: target,
                isTemporary: yaml["type"]?.text == "tmpfs",
                isReadOnly: yaml["read_only"]?.text == "true",
                isKnown: yaml["source"]?.text?.holds("$") != true, line: yaml.line)
        }
        guard let text = yaml.text.map(known) else { return nil }
        let parts = text.parts(separator: ":").map(String.init)
        guard let last = parts.last else { return nil }
        if parts.count == 1 {
            return Mount(source: nil, target: last, isTemporary: false, line: yaml.line)
        }
        let modes = parts.dropFirst(2).flatMap { $0.parts(separator: ",") }
        return Mount(
            source: parts[0], target: parts[1], isTemporary: false,
            isReadOnly: modes.contains("ro"), isKnown: yaml.text?.holds("$") != true,
            line: yaml.line)
    }

    /// A text with variables at their defaults.
    private static func known(_ text: String) -> String {
        DockerVariables.expand(text.exchanging("$$", for: "\\$")) { _ in nil }
    }
}
