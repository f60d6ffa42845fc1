internal import Ledger
internal import LedgerText

/// A compose file with its overrides, as the rules require it
/// (docs.docker.com/reference/compose-file).
package struct ComposeFile {
    /// A position: extended or overridden values are in another file.
    package struct Place: Hashable {
        package let path: String
        package let line: Int
    }
    /// A mount.
    package struct Mount {
        /// A folder of the host, or a named volume; `nil` for an anonymous one.
        package var source: String?
        package let target: String
        package var isTemporary: Bool
        package var isReadOnly = false
        /// False if an unknown variable determines where the data is.
        package var isKnown = true
        package let place: Place
    }
    package struct Build {
        /// Relative to the compose file's folder.
        package let context: String
        package let dockerfile: String?
        package let target: String?
        package let arguments: [(name: String, value: String, place: Place)]
        /// Names of images from other contexts (`additional_contexts`).
        package let contexts: Set<String>
        /// A Dockerfile that is written in the compose file itself, and its first line.
        package let inline: (text: String, line: Int)?
        let line: Int
    }
    package struct Service {
        package let name: String
        package let place: Place
        package var image: (text: String, place: Place)?
        package var build: Build?
        package var environment: [(name: String, value: String, place: Place)] = []
        /// Files of variables for the container.
        package var settings: [(path: String, isRequired: Bool)] = []
        package var mounts: [Mount] = []
        /// What another file mounts is not kept.
        var replacesMounts = false
        /// The line that gives it the engine's socket (`use_api_socket`).
        package var engineSocket: Place?
        package var commands: [(words: [String], place: Place)] = []
        package var user: String?
        package var privileged: Place?
        var usesGPU = false

        /// The service as another service extends it, with that service's position.
        func taking(_ other: Service) -> Service {
            var service = Service(name: name, place: place)
            service.image = other.image
            service.build = other.build
            service.environment = other.environment
            service.settings = other.settings
            service.mounts = other.mounts
            service.replacesMounts = other.replacesMounts
            service.engineSocket = other.engineSocket
            service.commands = other.commands
            service.user = other.user
            service.privileged = other.privileged
            service.usesGPU = other.usesGPU
            return service
        }

        /// Data paths from its own command and variables: `server /export`, `PGDATA`.
        package var keeps: [String] {
            let named = environment.filter { ["PGDATA", "MYSQL_DATADIR"].contains($0.name) }
                .map(\.value)
            // A shell line is one word that contains several words.
            let words = commands.flatMap(\.words).flatMap { $0.words.map(String.init) }
            return (words + named).filter { $0.begins(with: "/") }
        }
    }
    package let path: String
    /// The name of its project; `nil` if it does not say.
    package let name: String?
    package var services: [Service]
    /// Texts that it defines as files for containers (`configs`), and their first lines.
    package let contents: [(text: String, line: Int)]

    /// Reads a compose file and what it extends; `nil` if the file is not a compose file. Throws
    /// `SourceProblem`.
    package init?(_ path: String, _ tree: SourceTree) throws(SourceProblem) {
        self.path = path
        guard let root = try LooseYAML.document(tree.texts[path] ?? "", file: path),
            let services = root["services"]
        else { return nil }
        var read: [Service] = []
        var reading = Reading(
            tree: tree, services: [path: services], settings: Self.settings(beside: path, tree))
        for (name, value, line) in services.pairs {
            read.append(try Self.service(name, value, line, path, &reading, depth: 0))
        }
        self.services = read
        name = root["name"]?.text
        contents = (root["configs"]?.pairs ?? []).compactMap { _, value, _ in
            value["content"].flatMap { content in content.text.map { ($0, content.textLine) } }
        }
        nameVolumes(root["volumes"]?.pairs ?? [])
    }

    /// A named volume may be in memory only, or refer to a path of the host.
    private mutating func nameVolumes(_ volumes: [(name: String, value: LooseYAML, line: Int)]) {
        for (name, value, _) in volumes {
            let options = value["driver_opts"]
            let device = options?["device"]?.text
            let isMemory = options?["type"]?.text == "tmpfs"
            guard isMemory || device != nil else { continue }
            for place in services.indices {
                for index in services[place].mounts.indices
                where services[place].mounts[index].source == name {
                    services[place].mounts[index].isTemporary = isMemory
                    if !isMemory { services[place].mounts[index].source = device }
                }
            }
        }
    }

    /// The variables that compose reads from `.env` beside the file. Shell variables override them,
    /// but are unknown here.
    private static func settings(beside path: String, _ tree: SourceTree) -> [String: String] {
        let folder = SourceTree.folder(of: path)
        let lines = (tree.texts[folder.isEmpty ? ".env" : folder + "/.env"] ?? "").allLines
        var settings: [String: String] = [:]
        for line in lines.prefix(Limits.dockerVariables) {
            guard line.trimmedStart.first != "#", let at = line.first(byte: "=") else { continue }
            settings[String(line[..<at]).trimmed] =
                String(line[line.index(after: at)...]).trimmed.trimmingQuotes
        }
        return settings
    }

    /// Maximum number of services that may extend each other in a chain.
    private static let deepest = 8

    /// The files that services are extended from: each is read once.
    private struct Reading {
        let tree: SourceTree
        let settings: [String: String]
        var services: [String: LooseYAML?]
        private var members: [String: [String: LooseYAML]] = [:]

        init(tree: SourceTree, services: [String: LooseYAML?], settings: [String: String]) {
            self.tree = tree
            self.services = services
            self.settings = settings
        }

        mutating func service(_ name: String, in path: String) throws(SourceProblem) -> LooseYAML? {
            if services[path] == nil {
                let text = tree.texts[path]
                services[path] = .some(
                    try text.flatMap { text throws(SourceProblem) in
                        try LooseYAML.document(text, file: path)?["services"]
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
    ) throws(SourceProblem) -> Service {
        var service = Service(name: name, place: Place(path: path, line: line))
        if let extended = yaml["extends"], depth < deepest {
            let other = extended.text ?? extended["service"]?.text ?? ""
            let file = extended["file"]?.text
            let place = file.flatMap {
                SourceTree.resolve($0, from: SourceTree.folder(of: path))
            }
            if file == nil || place != nil, other != name || file != nil,
                let base = try reading.service(other, in: place ?? path)
            {
                let inner = try Self.service(
                    name, base, line, place ?? path, &reading, depth: depth + 1)
                service = service.taking(inner)
            }
        }
        return Reader(path: path, settings: reading.settings).merged(service, yaml)
    }

    /// The service merged with its override (`compose.override.yaml`).
    package mutating func override(with other: ComposeFile) {
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
    package mutating func inheritMounts(of base: ComposeFile) {
        for place in services.indices {
            let below = base.services.first { $0.name == services[place].name }
            if services[place].replacesMounts { continue }
            services[place].mounts += below?.mounts ?? []
        }
    }

    /// A text with its variables replaced by their defaults.
    static func known(_ text: String) -> String {
        DockerVariables.expand(text.exchanging("$$", for: "\\$")) { _ in nil }
    }
}
