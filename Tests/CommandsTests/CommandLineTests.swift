import CommandRunners
import Commands
import Foundation
import Ledger
import Projections
import Support
import Testing

/// Command lines, word for word.
struct CommandLineTests {
    private static let server = Server(
        host: HostName(unchecked: "web1"), ssh: "deploy@web1.example")

    @Test func sshIsToldAllThatItNeedsAndNeverToSkipKeys() {
        let line = SSHLine(configuration: "/srv/shop/ssh_config", sockets: "/run/user/1/ledger-ssh")
            .arguments(to: Self.server, "look", ["a b", "it's", ""])
        let options = [
            "BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=5",
            "ServerAliveInterval=4", "ServerAliveCountMax=3", "ControlMaster=auto",
            "ControlPath=/run/user/1/ledger-ssh/%C", "ControlPersist=60", "ForwardX11=no",
            "LogLevel=ERROR",
        ]
        #expect(
            line.dropLast() == ["-F", "/srv/shop/ssh_config"] + options.flatMap { ["-o", $0] }
                + ["-T", "--", "deploy@web1.example"])
        let far = line.last ?? ""
        #expect(far.hasPrefix("sh -c '# The far end"))
        #expect(far.hasSuffix(#" ledger look 'a b' 'it'\''s' ''"#))
    }

    /// Whatever a word holds, a shell gives it back as it was.
    @Test(arguments: [
        "plain", "", "two words", "it's", "$HOME `id` \\ \"x\"", "line\nline", "*?[a]~#!;&|<>()",
        "-n", "é–✓",
    ])
    func aShellReadsEachWordBackAsItWas(word: String) throws {
        let said = try Spoken.run(["sh", "-c", "printf %s \(ShellWord.quoted(word))"])
        #expect(said.output == word)
    }

    /// A socket's path has little room, and its folder is nobody else's.
    @Test func connectionsStandInAShortFolder() {
        let own = "ledger-ssh-\(getuid())"
        #expect(SSHLine.sockets([:]) == "/tmp/\(own)")
        #expect(SSHLine.sockets(["TMPDIR": "/var/tmp/"]) == "/var/tmp/\(own)")
        let long = "/" + String(repeating: "x", count: 60)
        #expect(SSHLine.sockets(["TMPDIR": long]) == "/tmp/\(own)")
        let both = ["XDG_RUNTIME_DIR": "/run/user/1000", "TMPDIR": "/var/tmp"]
        #expect(SSHLine.sockets(both, isThere: { _ in true }) == "/run/user/1000/ledger-ssh")
        // One that is set and not there is passed over.
        #expect(SSHLine.sockets(both, isThere: { $0 == "/var/tmp" }) == "/var/tmp/\(own)")
    }

    private func lines(_ how: String) throws -> [[String]] {
        let playbook = try Playbook(
            yaml: """
                environments: {production: {}}
                services:
                  web: {image: registry.example/shop/web, \(how)}
                """, file: "ledger.yaml")
        let bundling = Bundling(
            playbook: playbook, variables: [:], key: ValueKey(bytes: [1]),
            file: { _ in
                ProjectFile(bytes: Array("services: {web: {}}\n".utf8), executable: false)
            })
        return try bundling.bundle(Sample.release(2), for: Sample.production).0.deploy.map(\.run)
    }

    @Test func containersAreStartedByDigestOnly() throws {
        let digest = try #require(Sample.release(2).digest)
        let image = "registry.example/shop/web@\(digest)"
        for engine in ["docker", "podman"] {
            #expect(
                try lines("\(engine): {name: web, options: [--publish, '80:80']}") == [
                    [".ledger/container", "pull", engine, image],
                    [
                        ".ledger/container", "replace", engine, "web", image, "--publish", "80:80",
                    ],
                ])
        }
        let compose = "file: compose.yaml, project: shop, services: [web], directory: /srv/shop"
        #expect(
            try lines("compose: {\(compose)}").last == [
                "docker", "compose", "--project-name", "shop", "--project-directory", "/srv/shop",
                "--file", "compose.yaml", "--file", ".ledger/pins.yaml", "up", "--detach",
                "--no-build", "web",
            ])
        #expect(
            try lines("compose: {\(compose), program: podman-compose}").last == [
                "podman-compose", "--project-name", "shop", "--file", "compose.yaml", "--file",
                ".ledger/pins.yaml", "up", "--detach", "--no-build", "web",
            ])
    }
}
