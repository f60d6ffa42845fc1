import CommandPorts
import CommandRunners
import Commands
import CommandSecrets
import Foundation
import Ledger
import LedgerText
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
            "ServerAliveInterval=4", "ServerAliveCountMax=3", "ForwardX11=no", "LogLevel=ERROR",
            "ControlMaster=auto",
            "ControlPath=/run/user/1/ledger-ssh/%C", "ControlPersist=60",
        ]
        #expect(
            line.dropLast() == ["-F", "/srv/shop/ssh_config"] + options.flatMap { ["-o", $0] }
                + ["-T", "--", "deploy@web1.example"])
        let far = line.last ?? ""
        #expect(far.hasPrefix("sh -c '# The far end"))
        #expect(far.hasSuffix(#" ledger look 'a b' 'it'\''s' ''"#))
    }

    /// A socket's path has little room, and its folder is nobody else's.
    @Test func connectionsShareAShortFolderOfOurOwn() {
        let own = "ledger-ssh-\(getuid())"
        let all: (String) -> Bool = { _ in true }
        #expect(SSHLine.sockets([:], isUsable: all) == "/tmp/\(own)")
        #expect(SSHLine.sockets(["TMPDIR": "/var/tmp/"], isUsable: all) == "/var/tmp/\(own)")
        let long = "/" + String(repeating: "x", count: 60)
        #expect(SSHLine.sockets(["TMPDIR": long], isUsable: all) == "/tmp/\(own)")
        let both = ["XDG_RUNTIME_DIR": "/run/user/1000", "TMPDIR": "/var/tmp", "HOME": "/home/a"]
        #expect(SSHLine.sockets(both, isUsable: all) == "/run/user/1000/ledger-ssh")
        // One that cannot be used is passed over.
        #expect(
            SSHLine.sockets(both, isUsable: { $0.hasPrefix("/var/tmp/") }) == "/var/tmp/\(own)")
        #expect(
            SSHLine.sockets(both, isUsable: { $0.hasPrefix("/home") }) == "/home/a/.ssh/ledger")
    }

    /// A folder that another person made under our name must not keep us from our hosts.
    @Test func aFolderOfSomebodyElseBlocksNoConnection() throws {
        let sandbox = try Sandbox()
        let own = "ledger-ssh-\(getuid())"
        // Open to others, as one that somebody else made for us would be.
        try FileManager.default.createDirectory(
            atPath: sandbox.path(own), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o777])
        #expect(SSHLine.sockets(["TMPDIR": sandbox.folder.path]) != sandbox.path(own))
        let line = SSHLine(configuration: nil, sockets: nil).arguments(to: Self.server, "look", [])
        #expect(line.contains("ControlMaster=no") && line.contains("ControlPath=none"))
    }

    private func lines(_ how: String) throws -> [[String]] {
        let playbook = try Playbook(
            yaml: """
                environments: {production: {}}
                services:
                  web: {image: registry.example/shop/web, \(how)}
                """, file: "ledger.yaml")
        let bundleMaker = BundleMaker(
            playbook: playbook, variables: [:], key: ValueKey(bytes: [1]),
            file: { _ in
                ProjectFile(bytes: Array("services: {web: {}}\n".utf8), executable: false)
            })
        return try bundleMaker.bundle(Sample.release(2), for: Sample.production).0.deploy.map(\.run)
    }

    /// Helm, ECS, Ansible: the service's own steps deploy the image, by its digest.
    @Test func ownStepsDeployAnImageByDigest() throws {
        let playbook = try Playbook(
            yaml: """
                environments: {production: {}}
                services:
                  web: {image: registry.example/shop/web, deploy: [{run: [helm, upgrade]}]}
                """)
        #expect(playbook.services[Sample.web]?.repository == "registry.example/shop/web")
        #expect(playbook.services[Sample.web]?.container == nil)
        let maker = BundleMaker(
            playbook: playbook, variables: [:], key: ValueKey(bytes: [1]), file: { _ in nil })
        let bundle = try maker.bundle(Sample.release(2), for: Sample.production).0
        #expect(bundle.deploy.map(\.run) == [["helm", "upgrade"]])
        let digest = try #require(Sample.release(2).digest)
        #expect(try bundle.imageReference() == "registry.example/shop/web@\(digest)")
        // A tag can move: without a digest nothing is deployed.
        var unknown = Sample.release(2)
        unknown.digest = nil
        #expect(throws: Refusal.self) { try maker.bundle(unknown, for: Sample.production) }
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
