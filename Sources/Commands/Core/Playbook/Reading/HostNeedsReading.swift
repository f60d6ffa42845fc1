internal import CommandFiles
internal import LedgerText

extension Container {
    /// What the container requires of its host. `compose` is the text of its compose file; `known`
    /// are the variables that its steps can read.
    func needs(compose text: String?, known: Set<String>) -> HostNeeds {
        switch start {
        case .run(_, let options): HostNeeds(options: options)
        case .compose(let compose): HostNeeds(compose, text ?? "", known: known)
        }
    }
}

extension HostNeeds {
    // MARK: Options of `docker run` and `podman run`

    init(options: [String]) {
        self.init()
        for (name, value) in Self.pairs(options) {
            switch name {
            case "--volume", "-v":
                let parts = value.parts(separator: ":").map(String.init)
                guard parts.count > 1 else { continue }
                let modes = parts.dropFirst(2).joined(separator: ",").parts(separator: ",")
                add(parts[0], parts[1], readOnly: modes.contains("ro"))
            case "--mount":
                let fields = Self.fields(value)
                guard fields["type"] != "tmpfs", let source = fields["source"] ?? fields["src"]
                else { continue }
                let readOnly = ["readonly", "ro"].contains { name in
                    fields[name].map { $0 != "false" } ?? false
                }
                let target = fields["target"] ?? fields["destination"] ?? fields["dst"] ?? ""
                add(source, target, readOnly: readOnly)
            case "--env-file" where value.begins(with: "/"): files.append(value)
            case "--secret":
                if let name = value.parts(separator: ",").first { secrets.append(String(name)) }
            default: break
            }
        }
    }

    private mutating func add(_ source: String, _ target: String, readOnly: Bool) {
        // A path relative to an unknown folder cannot be checked.
        if source.begins(with: ".") || source.begins(with: "~") { return }
        volumes.append(Volume(name: source, target: target, readOnly: readOnly ? true : nil))
    }

    /// Options with their values, joined by `=` or separate.
    private static func pairs(_ options: [String]) -> [(name: String, value: String)] {
        var pairs: [(String, String)] = []
        for (place, option) in options.enumerated() where option.begins(with: "-") {
            let parts = option.parts(separator: "=", maxSplits: 1).map(String.init)
            if option.begins(with: "--"), parts.count == 2 {
                pairs.append((parts[0], parts[1]))
            } else if option.begins(with: "-v"), option.count > 2, !option.begins(with: "--") {
                pairs.append(("-v", String(option.dropFirst(2))))
            } else if place + 1 < options.count {
                pairs.append((option, options[place + 1]))
            }
        }
        return pairs
    }

    private static func fields(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for part in text.parts(separator: ",") {
            let pair = part.parts(separator: "=", maxSplits: 1).map(String.init)
            fields[pair[0]] = pair.count > 1 ? pair[1] : ""
        }
        return fields
    }

    // MARK: Compose files

    init(_ compose: Container.Compose, _ text: String, known: Set<String>) {
        self.init()
        let tree = SourceTree(texts: [compose.file: text])
        guard let file = try? ComposeFile(compose.file, tree),
            let root = try? LooseYAML.document(text, file: compose.file)
        else { return }
        for service in file.services where compose.services.contains(service.name) {
            for mount in service.mounts where !mount.isTemporary && mount.isKnown {
                guard let source = mount.source else { continue }
                add(
                    Self.name(source, root, compose) ?? source, mount.target,
                    readOnly: mount.isReadOnly)
            }
            files += service.settings.filter(\.isRequired).compactMap {
                Self.path($0.path, compose)
            }
            let names = root["services"]?[service.name]?["secrets"]
            for name in (names?.texts.map(\.text) ?? [])
                + (names?.items.compactMap { $0["source"]?.text } ?? [])
            {
                guard let path = root["secrets"]?[name]?["file"]?.text else { continue }
                if let path = Self.path(path, compose) { files.append(path) }
            }
        }
        // Compose takes variables from the steps' environment, or from this file.
        let isKnown = Self.variables(of: text).allSatisfy {
            known.contains($0) || $0.begins(with: "LEDGER_")
        }
        if !isKnown, compose.program == .docker { files.append(compose.directory + "/.env") }
        files = files.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The engine's name of a volume (docs.docker.com/reference/compose-file/volumes), or a folder
    /// from the host's root.
    private static func name(
        _ source: String, _ root: LooseYAML, _ compose: Container.Compose
    ) -> String? {
        if source.holds("/") || source.begins(with: ".") { return path(source, compose) }
        let volume = root["volumes"]?[source]
        if let name = volume?["name"]?.text { return name }
        return volume?["external"]?.text == "true" ? source : "\(compose.project)_\(source)"
    }

    /// The absolute path on the host of a path in the file; `nil` if only the host knows it.
    private static func path(_ path: String, _ compose: Container.Compose) -> String? {
        if path.begins(with: "/") { return path }
        // podman-compose starts from the folder of the bundle.
        guard compose.program == .docker, !path.begins(with: "~"),
            let inner = SourceTree.resolve(path, from: compose.directory)
        else { return nil }
        return "/" + inner
    }

    /// Variables that are used without a default
    /// (docs.docker.com/reference/compose-file/interpolation). Variables in an image's name count
    /// only if compose requires them: the digest pins the image in any case.
    private static func variables(of text: String) -> [String] {
        let pattern = #/\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(\}|:?\?)|([A-Za-z_][A-Za-z0-9_]*))/#
        var names: Set<String> = []
        for line in text.parts(separator: "\n") {
            let code = line.drop { $0 == " " }
            if code.begins(with: "#") { continue }
            for match in code.exchanging("$$", for: "").matches(of: pattern) {
                let isWanted = match.2?.ends(with: "?") == true
                if code.begins(with: "image:"), !isWanted { continue }
                if let name = match.1 ?? match.3 { names.insert(String(name)) }
            }
        }
        return names.sorted()
    }
}
