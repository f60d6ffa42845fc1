public import CommandPorts
public import Ledger
internal import LedgerText
public import Projections

/// The container that a service runs in: its image, its engine, and how it starts.
public struct Container: Codable, Hashable, Sendable {
    /// A container engine.
    public enum Engine: String, Choice { case docker, podman }
    /// How the container starts.
    public enum Start: Codable, Hashable, Sendable {
        /// Directly by the engine, under a name, with options.
        case run(name: String, options: [String])
        /// From the team's compose file, which `ledger` does not change.
        case compose(Compose)
    }
    /// A project of docker compose.
    public struct Compose: Codable, Hashable, Sendable {
        /// The program that reads the compose file.
        public enum Program: String, Choice {
            case docker
            case podmanCompose = "podman-compose"
        }
        /// Relative to the playbook's folder.
        public var file: String
        public var project: String
        /// The services that run the image.
        public var services: [String]
        /// The project's folder on the host. Relative paths in the file start here.
        public var directory: String
        public var program: Program
    }
    /// The repository, without a tag: `registry.example/shop/web`.
    public var image: String
    public var engine: Engine
    public var start: Start
    /// Time limit of a pull, in seconds.
    public var pullSeconds: Int
    /// Time limit of a start, in seconds.
    public var startSeconds: Int

    /// The script in each bundle that runs the engine's commands.
    public static let script = ".ledger/container"
    /// The file of a bundle that pins the services of a compose file to its image.
    public static let pins = ".ledger/pins.yaml"

    package static var scriptText: String {
        String(decoding: PackageResources.container_sh, as: UTF8.self)
    }

    static var scriptFile: ProjectFile {
        ProjectFile(bytes: PackageResources.container_sh, executable: true)
    }

    /// The image of a release, always by digest.
    ///
    /// Throws `Refusal` if the digest is unknown: a tag may have moved.
    public func reference(_ release: Release) throws(Refusal) -> String {
        try DigestRule.reference(image, release)
    }

    /// The steps that deploy a release to a host: pull, the service's own steps, start.
    func steps(
        _ release: Release, own: [Playbook.Template]
    ) throws(Refusal) -> [Playbook.Template] {
        let image = try reference(release)
        let pull = Playbook.Template(
            name: "pull", run: [Self.script, "pull", engine.rawValue, image], seconds: pullSeconds,
            site: .host)
        return [pull] + own + [
            Playbook.Template(
                name: "start", run: startLine(image), seconds: startSeconds, site: .host)
        ]
    }

    private func startLine(_ image: String) -> [String] {
        switch start {
        case .run(let name, let options):
            return [Self.script, "replace", engine.rawValue, name, image] + options
        case .compose(let compose):
            let program =
                compose.program == .docker ? ["docker", "compose"] : ["podman-compose"]
            let place =
                compose.program == .docker ? ["--project-directory", compose.directory] : []
            return program + ["--project-name", compose.project] + place
                + ["--file", compose.file, "--file", Self.pins, "up", "--detach", "--no-build"]
                + compose.services
        }
    }

    /// The services of the compose file, each with the image by digest, in compose's own format.
    func pins(_ release: Release) throws(Refusal) -> ProjectFile? {
        guard case .compose(let compose) = start else { return nil }
        let image = try reference(release)
        let lines = compose.services.map { "  \($0):\n    image: \"\(image)\"\n" }
        return ProjectFile(bytes: Array(("services:\n" + lines.joined()).utf8), executable: false)
    }

    /// The arguments that identify its containers to the script.
    var selector: [String] {
        switch start {
        case .run(let name, _): ["name", name]
        case .compose(let compose): ["compose", compose.project] + compose.services
        }
    }

    /// The probe that observes the running image.
    var observe: Probe {
        Probe(
            run: [Self.script, "observe", engine.rawValue] + selector, seconds: 15, site: .host)
    }

    /// The probe that reads the engine's health status.
    var health: Probe {
        Probe(run: [Self.script, "health", engine.rawValue] + selector, seconds: 15, site: .host)
    }

    /// The command that lists the host's images of the repository.
    package var images: [String] { [Self.script, "images", engine.rawValue, image] }

    /// The command that checks a host before a plan is made.
    package func preflight(
        _ release: Release, volumes: [String], needs: [String]
    ) throws(Refusal) -> [String] {
        [
            Self.script, "preflight", engine.rawValue, try reference(release),
            volumes.joined(separator: "\n"), needs.joined(separator: "\n"),
        ] + selector
    }
}
