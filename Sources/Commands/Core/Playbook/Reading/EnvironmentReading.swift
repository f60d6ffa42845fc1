internal import CommandFiles
internal import CommandPorts
internal import Ledger
internal import LedgerText

/// Reads an environment from the playbook.
extension Playbook {
    static func environment(_ reader: StrictYAML) throws(SourceProblem) -> Environment {
        var environment = Environment()
        let members = try reader.members([
            "hosts", "protected", "lease", "approval", "batch", "pause", "policy",
        ])
        if let hosts = members["hosts"] {
            environment.hosts = []
            for (name, server) in try self.hosts(hosts) {
                environment.hosts.append(name)
                if let server { environment.servers.append(server) }
            }
            if environment.hosts.isEmpty { throw hosts.problem("an environment requires a host") }
            if Set(environment.hosts).count < environment.hosts.count {
                throw hosts.problem("a host is listed twice")
            }
        }
        if let protected = members["protected"] { environment.protected = try protected.bool() }
        if let lease = members["lease"] { environment.leaseSeconds = Int(try lease.seconds()) }
        if let approval = members["approval"] {
            try self.approval(approval, &environment)
        }
        if let batch = members["batch"] { environment.batch = try self.batch(batch) }
        if let pause = members["pause"] { environment.pause = try pause.seconds() }
        if let policy = members["policy"] {
            environment.policy = try Policy(policy)
            if environment.policy?.breakGlass != nil, environment.signers == nil {
                throw policy.problem(
                    "break-glass requires signed approvals",
                    hint: "add an allowed-signers file: approval: {signers: allowed_signers}")
            }
        }
        return environment
    }

    /// How long an approval lasts, optionally with who may give it.
    private static func approval(
        _ reader: StrictYAML, _ environment: inout Environment
    ) throws(SourceProblem) {
        guard reader.isMap else {
            environment.approvalSeconds = Int(try reader.seconds())
            return
        }
        let members = try reader.members(["lasts", "needed", "signers"])
        if let lasts = members["lasts"] { environment.approvalSeconds = Int(try lasts.seconds()) }
        environment.signers = try members["signers"]?.text()
        environment.approvalsNeeded =
            try members["needed"]?.whole(in: 1...20) ?? (environment.signers == nil ? 0 : 1)
    }

    /// A list of host names, or a map from host names to connections.
    private static func hosts(
        _ reader: StrictYAML
    ) throws(SourceProblem) -> [(HostName, Server?)] {
        var hosts: [(HostName, Server?)] = []
        if reader.isMap {
            for (key, value) in try reader.pairs() {
                let name: HostName = try key.reader.name()
                let members = try value.members(["ssh", "address"])
                let server = Server(
                    host: name, ssh: try members["ssh"]?.text() ?? name.rawValue,
                    address: try members["address"]?.text())
                if server.ssh.begins(with: "-") || server.ssh.isEmpty {
                    throw (members["ssh"] ?? value).problem(
                        "\"\(server.ssh)\" is not a valid ssh destination")
                }
                hosts.append((name, server))
            }
        } else {
            for host in try reader.elements() { hosts.append((try host.name(), nil)) }
        }
        return hosts
    }

    private static func batch(_ reader: StrictYAML) throws(SourceProblem) -> Environment.Batch {
        let text = try reader.text()
        if text.ends(with: "%"), let percent = Int(text.dropLast()), (1...100).contains(percent) {
            return .percent(percent)
        }
        guard let count = Int(text), count > 0 else {
            throw reader.problem(
                "\"\(text)\" is not a number of hosts", hint: "use a number (2) or a share (25%)")
        }
        return .hosts(count)
    }
}
