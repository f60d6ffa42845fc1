public import CommandFiles
internal import Ledger
internal import LedgerText

extension Playbook {
    /// Reads a playbook (`ledger.yaml`). Throws `SourceProblem` with file, line and column.
    public init(yaml: String, file: String = "ledger.yaml") throws(SourceProblem) {
        let root = try StrictYAML.document(yaml, file: file)
        let members = try root.members([
            "ledger", "environments", "services", "ssh-config", "insecure-registries", "on",
        ])
        if let version = members["ledger"], try version.text() != "1" {
            throw version.problem("unsupported playbook version; this program reads version 1")
        }
        self.init()
        hash = ContentHash(of: Array(yaml.utf8))
        sshConfiguration = try members["ssh-config"]?.text()
        insecureRegistries = try members["insecure-registries"]?.texts() ?? []
        for (key, reader) in try members["environments"]?.pairs() ?? [] {
            environments[try key.reader.name()] = try Self.environment(reader)
        }
        for (key, reader) in try members["on"]?.pairs() ?? [] {
            hooks[try Self.kind(key), default: []] += [try Self.hook(reader)]
        }
        for (key, reader) in try members["services"]?.pairs() ?? [] {
            services[try key.reader.name()] = try Self.service(
                reader, environments: Array(environments.keys))
        }
    }

    private static func service(
        _ reader: StrictYAML, environments: [EnvironmentName]
    ) throws(SourceProblem) -> Service {
        let members = try reader.members([
            "deploy", "revert", "observe", "health", "files", "variables", "secrets", "volumes",
            "environments", "drain", "undrain", "migrate-down", "image", "docker", "podman",
            "compose",
        ])
        let container = try self.container(members, reader)
        guard members["deploy"] != nil || container != nil else {
            throw reader.problem(
                "a service requires deploy steps or a container",
                hint: "deploy: [{name: …, run: [program, …]}], or image: with docker:, podman: or "
                    + "compose:")
        }
        var service = Service(deploy: [])
        if let deploy = members["deploy"] { service.deploy = try templates(deploy) }
        service.container = container
        if container == nil { service.image = try members["image"].map(repository) }
        if let drain = members["drain"] { service.drain = try template(drain) }
        if let undrain = members["undrain"] { service.undrain = try template(undrain) }
        if let down = members["migrate-down"] { service.down = try template(down) }
        if let revert = members["revert"] { service.revert = try templates(revert) }
        if let observe = members["observe"] {
            service.observe = try probe(observe, environments, more: [])
        } else {
            service.observe = container?.observe
        }
        if let health = members["health"] {
            service.health = try healthCheck(health, environments, container)
        } else if let container {
            service.health = HealthCheck(
                probe: container.health, successes: 1, every: 1, deadline: 60)
        }
        service.files = try members["files"]?.texts() ?? []
        service.variables = try variableNames(members["variables"])
        service.secrets = try variableNames(members["secrets"])
        service.volumes = try members["volumes"]?.texts() ?? []
        if let places = members["environments"] {
            var names: [EnvironmentName] = []
            for place in try places.elements() {
                let name: EnvironmentName = try place.name()
                try check(name.rawValue, isIn: environments, place)
                names.append(name)
            }
            service.environments = names
        }
        return service
    }

    private static func check(
        _ name: String, isIn environments: [EnvironmentName], _ reader: StrictYAML
    ) throws(SourceProblem) {
        let known = environments.map(\.rawValue)
        if known.contains(name) { return }
        throw reader.problem(
            "there is no environment \"\(name)\"",
            hint: nearest(to: name, among: known).map { "did you mean \($0)?" })
    }

    private static func templates(_ reader: StrictYAML) throws(SourceProblem) -> [Template] {
        var templates: [Template] = []
        for element in try reader.elements() { templates.append(try template(element)) }
        if templates.isEmpty { throw reader.problem("at least one step is required") }
        return templates
    }

    private static func template(_ element: StrictYAML) throws(SourceProblem) -> Template {
        let members = try element.members(["name", "run", "time-limit", "once", "check", "on"])
        guard let run = members["run"] else {
            throw element.problem("a step requires run: [program, …]")
        }
        let command = try run.command()
        var template = Template(name: try members["name"]?.text() ?? command[0], run: command)
        if let limit = members["time-limit"] {
            template.seconds = Int(max(1, try limit.seconds().rounded(.up)))
        }
        if let once = members["once"] { template.once = try once.bool() }
        template.check = try members["check"]?.command()
        if let site = members["on"] { template.site = try self.site(site) }
        return template
    }

    private static func site(_ reader: StrictYAML) throws(SourceProblem) -> Site? {
        guard let site = Site(rawValue: try reader.text()) else {
            throw reader.problem(
                "use `here` (the machine that runs ledger) or `host` (the step's host)")
        }
        return site == .here ? nil : site
    }

    private static func probe(
        _ reader: StrictYAML, _ environments: [EnvironmentName], more: [String]
    ) throws(SourceProblem) -> Probe {
        let members = try reader.members(["run", "http", "field", "time-limit", "on"] + more)
        var probe = Probe(run: try members["run"]?.command(), field: try members["field"]?.text())
        if let limit = members["time-limit"] {
            probe.seconds = Int(max(1, try limit.seconds().rounded(.up)))
        }
        if let http = members["http"] {
            var addresses: [String: String] = [:]
            if http.isScalar {
                addresses["*"] = try address(http)
            } else {
                for (key, value) in try http.pairs() {
                    try check(key.text, isIn: environments, key.reader)
                    addresses[key.text] = try address(value)
                }
            }
            probe.http = addresses
        }
        if let site = members["on"] { probe.site = try self.site(site) }
        guard (probe.run == nil) != (probe.http == nil) else {
            throw reader.problem("either run or http is required")
        }
        return probe
    }

    private static func address(_ reader: StrictYAML) throws(SourceProblem) -> String {
        let text = try reader.text()
        guard text.begins(with: "http://") || text.begins(with: "https://") else {
            throw reader.problem("\"\(text)\" is not an HTTP address")
        }
        return text
    }

    private static func healthCheck(
        _ reader: StrictYAML, _ environments: [EnvironmentName], _ container: Container?
    ) throws(SourceProblem) -> HealthCheck {
        let own = ["successes", "every", "deadline"]
        let members = try reader.members(["run", "http", "time-limit", "on"] + own)
        let isAsked = members["run"] != nil || members["http"] != nil
        let asked = isAsked || container == nil ? try probe(reader, environments, more: own) : nil
        guard let first = container?.health ?? asked else {
            throw reader.problem("either run or http is required")
        }
        var health = HealthCheck(
            probe: first, successes: try members["successes"]?.whole(in: 1...100) ?? 1,
            every: try members["every"]?.seconds() ?? 1,
            deadline: try members["deadline"]?.seconds() ?? 60)
        if container != nil { health.and = asked }
        if health.every > health.deadline {
            throw (members["every"] ?? reader).problem(
                "longer than the deadline (\(Int(health.deadline)) s), so it would run only once")
        }
        return health
    }

    static func variableNames(
        _ reader: StrictYAML?
    ) throws(SourceProblem) -> [String] {
        var names: [String] = []
        for element in try reader?.elements() ?? [] {
            let name = try element.text()
            let plain = name.utf8.allSatisfy {
                (65...90).contains($0) || (97...122).contains($0) || (48...57).contains($0)
                    || $0 == 95
            }
            guard plain, !name.isEmpty, !name.begins(with: "LEDGER_") else {
                throw element.problem(
                    "\"\(name)\" is not a valid variable name",
                    hint: "use names, not values; names that begin with LEDGER_ are reserved")
            }
            names.append(name)
        }
        return names
    }
}
