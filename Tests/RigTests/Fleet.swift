import Foundation
import Support
import Testing

/// The fleet that `Tests/Rig/run` has raised, and a project in a folder of its own that deploys to
/// it.
struct Fleet {
    static let folder = ProcessInfo.processInfo.environment["LEDGER_RIG"]
    /// Why there is none.
    static let missing =
        ProcessInfo.processInfo.environment["LEDGER_RIG_MISSING"]
        ?? "no servers: run it by Tests/Rig/run"

    /// Whether one of the proxies is there that no Debian package brings.
    static let hasTraefik =
        ProcessInfo.processInfo.environment["LEDGER_RIG_TRAEFIK"].map { !$0.isEmpty } ?? false

    let sandbox: Sandbox
    let rig: String
    let variables: [String: String]

    /// A project with the two servers as its production, and v1 to v4 recorded; nothing runs yet.
    /// `web` is how the service runs, `options` what else stands in the environment, and `user` who
    /// logs in on the servers.
    init(
        options: String = "", web: String = Self.docker, proxy: Bool = true,
        user: String = "deploy",
        scripts: String = "haproxy"
    ) throws {
        rig = try #require(Self.folder)
        sandbox = try Sandbox()
        let program = try #require(Shared.product("ledger"), "build the product ledger first")
        variables = [
            "PATH":
                "\(URL(filePath: program).deletingLastPathComponent().path):/usr/sbin:/usr/bin:/bin",
            "HOME": sandbox.folder.path, "LANG": "C.UTF-8", "LEDGER_BY": "alice", "TZ": "UTC",
            "LEDGER_RIG": rig, "HAPROXY_SOCKET": "\(rig)/haproxy.sock",
            "TMPDIR": "\(rig)/here",
            "NGINX": "nginx -e \(rig)/proxy/nginx.log -c \(rig)/proxy/nginx.conf",
            "NGINX_UPSTREAM": "\(rig)/proxy/servers.conf", "CADDY_ADMIN": "http://127.0.0.1:2019",
            "CADDY_PORT": "8080",
            "CADDY_UPSTREAMS": "apps/http/servers/srv0/routes/0/handle/0/upstreams",
            "TRAEFIK_FILE": "\(rig)/proxy/traefik/web.yml", "TRAEFIK_API": "http://127.0.0.1:8099",
        ]
        try clean()
        for name in ["drain", "undrain"] {
            let script = Shared.repository.appending(path: "Examples/Proxies/\(scripts)/\(name)")
            try sandbox.write(
                "scripts/\(name)", try String(contentsOf: script, encoding: .utf8), executable: true
            )
        }
        let config = try String(contentsOfFile: "\(rig)/ssh_config", encoding: .utf8)
        try sandbox.write("ssh_config", config)
        try sandbox.write("ledger.yaml", Self.playbook(options, web, proxy: proxy, user: user))
        try expect("ledger init")
        for (tag, digest) in digests.sorted(by: { $0.key < $1.key }) {
            try expect(
                "ledger record image.tagged --service web --tag \(tag) --digest \(digest)")
        }
    }

    static let docker = """
            docker:
              name: web
              options: [--publish, "8080:8080", --volume, "web-data:/data"]
        """

    private static let drains = """
            variables: [HAPROXY_SOCKET, NGINX, NGINX_UPSTREAM, CADDY_ADMIN, CADDY_PORT, CADDY_UPSTREAMS, TRAEFIK_FILE, TRAEFIK_API]
            drain: {run: [scripts/drain], time-limit: 40s}
            undrain: {run: [scripts/undrain], time-limit: 40s}
        """

    static func playbook(
        _ options: String, _ web: String, proxy: Bool, user: String = "deploy"
    ) -> String {
        """
        ssh-config: ssh_config
        insecure-registries: ["198.18.0.1:5000"]
        environments:
          production:
            hosts:
              s1: {ssh: \(user)@s1, address: 198.18.0.11}
              s2: {ssh: \(user)@s2, address: 198.18.0.12}
            \(options)
        services:
          web:
            image: 198.18.0.1:5000/shop/web
        \(web)
            volumes: [web-data]
        \(proxy ? drains : "")
            health: {http: "http://{host}:8080/", time-limit: 2s, successes: 2, every: 100ms, deadline: 6s}
        """
    }

    /// Digests by tag.
    var digests: [String: String] {
        let text = (try? String(contentsOfFile: "\(rig)/digests", encoding: .utf8)) ?? ""
        let pairs = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        return Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1]) })
    }

    /// What a command line says and how it ends. It may block: these tests run one at a time.
    @discardableResult
    func run(_ line: String) throws -> (text: String, code: Int32) {
        let spoken = try Spoken.blocking(
            ["/bin/sh", "-c", "exec 2>&1; \(line)"], in: sandbox.folder, variables: variables)
        return (spoken.output, spoken.code)
    }

    /// Begins a command line, and does not wait for its end.
    func begin(_ line: String) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", line]
        process.currentDirectoryURL = sandbox.folder
        process.environment = variables
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// The same, which has to end with this code.
    @discardableResult
    func expect(
        _ line: String, code: Int32 = 0, at place: SourceLocation = #_sourceLocation
    ) throws -> String {
        let said = try run(line)
        #expect(said.code == code, "\(line)\n\(said.text)", sourceLocation: place)
        return said.text
    }

    /// Does something to the fleet: a function of `Tests/Rig/fleet.sh`.
    func rig(_ words: String) throws {
        let said = try run("'\(Shared.repository.path)/Tests/Rig/do' \(words)")
        try #require(said.code == 0, "\(words): \(said.text)")
    }

    /// Switches a server on again, and waits until it answers.
    func power(_ host: String) throws {
        try rig("eval 'plug_in \(host); power_on \(host); await 20 is_up \(host)'")
    }

    /// Lets every ssh of this project go through a wrapper (`bin/ssh`), which runs `words` once,
    /// after a step has put a new container in place on a host.
    func afterReplacing(_ words: String) throws {
        try sandbox.write(
            "bin/ssh",
            """
            #!/bin/sh
            /usr/bin/ssh "$@"
            code=$?
            case "$*" in
            *" ledger start "*replace*) [ -e did ] || { touch did; \(words); } > did 2>&1 ;;
            esac
            exit $code
            """, executable: true)
    }

    /// What a host serves.
    func serves(_ host: String) throws -> String {
        try run("curl --silent --max-time 2 http://198.18.0.1\(host.dropFirst()):8080/").text
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What both hosts serve.
    func served() throws -> [String] { try ["s1", "s2"].map(serves) }

    /// Nothing runs on the servers, and they know of no earlier run.
    private func clean() throws {
        try rig("clean")
    }

    /// What the ledger says runs: `v1 verified`.
    func status() throws -> String {
        try run("ledger status -o csv | tail -n 1 | cut -d , -f 3,4 | tr , ' '").text
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
