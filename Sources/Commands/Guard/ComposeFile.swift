internal import LedgerText

/// A compose file, with what its overrides say, as the rules need it
/// (docs.docker.com/reference/compose-file).
struct ComposeFile {
    /// A place where something is mounted.
    struct Mount {
        /// A folder of the host, or a named volume; `nil` for an anonymous one.
        let source: String?
        let target: String
        var isTemporary: Bool
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
        /// Images of the Dockerfile that come from elsewhere (`additional_contexts`).
        let contexts: Set<String>
        /// A Dockerfile that stands in the compose file itself, and the line that it begins in.
        let inline: (text: String, line: Int)?
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
        /// What another file mounts is not kept.
        var replacesMounts = false
        /// The line that gives it the engine's socket (`use_api_socket`).
        var engineSocket: Int?
        var commands: [(words: [String], line: Int)] = []
        var user: String?
        var privileged: Int?
        var usesGPU = false

        /// Where its own command and variables say that the data lie: `server /export`, `PGDATA`.
        var keeps: [String] {
            let named = environment.filter { ["PGDATA", "MYSQL_DATADIR"].contains($0.name) }
                .map(\.value)
            return (commands.flatMap(\.words) + named).filter { $0.begins(with: "/") }
        }
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
        var reading = Reading(tree: tree, services: [path: services])
        for (name, value, line) in services.pairs {
            read.append(try Self.service(name, value, line, path, &reading, depth: 0))
        }
        self.services = read
        // A named volume may be memory alone.
        let inMemory = (root["volumes"]?.pairs ?? []).filter {
            $0.value["driver_opts"]?["type"]?.text == "tmpfs"
        }.map(\.name)
        for place in self.services.indices {
            for index in self.services[place].mounts.indices {
                let mount = self.services[place].mounts[index]
                if let source = mount.source, inMemory.contains(source) {
                    self.services[place].mounts[index].isTemporary = true
                }
            }
        }
    }

    /// How many services may extend each other in a row.
    private static let deepest = 8

    /// The files that services are extended from: each is read once.
    private struct Reading {
        let tree: SourceTree
        var services: [String: LooseYAML?]
        private var members: [String: [String: LooseYAML]] = [:]

        init(tree: SourceTree, services: [String: LooseYAML?]) {
            self.tree = tree
            self.services = services
        }

        mutating func service(_ name: String, in path: String) throws(GuardProblem) -> LooseYAML? {
            if services[path] == nil {
                let text = tree.texts[path]
                services[path] = .some(
                    try text.flatMap { text throws(GuardProblem) in
                        try LooseYAML.document(text)?["services"]
                    })
            }
            if members[path] == nil {
                members[path] = Dictionary(
                    ((services[path] ?? nil)?.pairs ?? []).map { ($0.name, $0.value) },
                    uniquingKeysWith: { $1 })
            }
            return members[path]?[name]
        }
    }

    private static func service(
        _ name: String, _ yaml: LooseYAML, _ line: Int, _ path: String, _ reading: inout Reading,
        depth: Int
    ) throws(GuardProblem) -> Service {
        var service = Service(name: name, line: line)
        if let extended = yaml["extends"], depth < deepest {
            let other = extended.text ?? extended["service"]?.text ?? ""
            let file = extended["file"]?.text
            let place = file.flatMap {
                SourceTree.resolve($0, from: SourceTree.folder(of: path))
            }
            if file == nil || place != nil, other != name || file != nil,
                let base = try reading.service(other, in: place ?? path)
            {
                service = try Self.service(
                    name, base, line, place ?? path, &reading, depth: depth + 1)
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
        if yaml["volumes"]?.replaces == true {
            service.mounts = []
            service.replacesMounts = true
        }
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
            service.privileged = privileged.isTrue ? privileged.line : nil
        }
        if let socket = yaml["use_api_socket"], socket.isTrue { service.engineSocket = socket.line }
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
            if service.replacesMounts { services[place].mounts = [] }
            services[place].mounts += service.mounts
        }
    }

    /// What stands over another file has what that mounts.
    mutating func inheritMounts(of base: ComposeFile) {
        for place in services.indices {
            let below = base.services.first { $0.name == services[place].name }
            if services[place].replacesMounts { continue }
            services[place].mounts += below?.mounts ?? []
        }
    }

    private static func build(_ yaml: LooseYAML) -> Build {
        Build(
            context: known(yaml.text ?? yaml["context"]?.text ?? "."),
            dockerfile: (yaml["dockerfile"]?.text).map(known), target: yaml["target"]?.text,
            arguments: yaml["args"].map(variables) ?? [],
            contexts: Set(
                (yaml["additional_contexts"].map(variables) ?? []).map { $0.name.lowercased() }),
            inline: yaml["dockerfile_inline"].flatMap { inline in
                inline.text.map { ($0, inline.textLine) }
            }, line: yaml.line)
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
                source: (yaml["source"]?.text).map(source), target: target,
                isTemporary: yaml["type"]?.text == "tmpfs",
                isReadOnly: yaml["read_only"]?.isTrue == true,
                isKnown: yaml["source"]?.text?.holds("$") != true, line: yaml.line)
        }
        guard let text = yaml.text else { return nil }
        let raw = fields(of: text)
        guard let last = raw.last else { return nil }
        if raw.count == 1 {
            return Mount(source: nil, target: known(last), isTemporary: false, line: yaml.line)
        }
        let parts = [source(raw[0])] + raw.dropFirst().map(known)
        let modes = parts.dropFirst(2).flatMap { $0.parts(separator: ",") }
        return Mount(
            source: parts[0], target: parts[1], isTemporary: false,
            isReadOnly: modes.contains("ro"), isKnown: yaml.text?.holds("$") != true,
            line: yaml.line)
    }

    /// Where something is mounted from; a variable that is known elsewhere stays as it is.
    private static func source(_ text: String) -> String {
        let known = known(text)
        return known.isEmpty ? text : known
    }

    /// The fields of the short form, between the colons that stand in no variable.
    private static func fields(of text: String) -> [String] {
        var fields: [[UInt8]] = [[]]
        var depth = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: "}") { depth -= 1 }
            if byte == UInt8(ascii: ":"), depth <= 0 {
                fields.append([])
            } else {
                fields[fields.count - 1].append(byte)
            }
        }
        return fields.filter { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// A text with variables at their defaults.
    static func known(_ text: String) -> String {
        DockerVariables.expand(text.exchanging("$$", for: "\\$")) { _ in nil }
    }
}
