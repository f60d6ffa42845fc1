internal import LedgerText

/// What a container keeps beyond its own life, and what must lie on its host before it starts: read
/// from its options or its compose file.
public struct HostNeeds: Codable, Hashable, Sendable {
    /// Where data are that outlive the container.
    public struct Volume: Codable, Hashable, Sendable {
        /// What the engine calls it, or a folder of the host.
        public var name: String
        /// Where the container sees it.
        public var target: String
        /// True if nothing can be kept in it.
        public var readOnly: Bool?
    }
    public var volumes: [Volume]
    /// Files of settings and secrets, from the host's root.
    public var files: [String]
    /// Secrets that the engine keeps, by name.
    public var secrets: [String]

    public init(volumes: [Volume] = [], files: [String] = [], secrets: [String] = []) {
        self.volumes = volumes
        self.files = files
        self.secrets = secrets
    }

    /// What is persistent: what may be written to, and is no door to the system.
    var persistent: [Volume] {
        let doors = ["/var/run/", "/run/", "/dev/", "/proc/", "/sys/", "/tmp/"]
        return volumes.filter { volume in
            volume.readOnly != true
                && !doors.contains { "\(volume.name)/".begins(with: $0) }
        }
    }

    /// The lines that the container script asks the host for.
    package var asked: [String] { files.map { "file \($0)" } + secrets.map { "secret \($0)" } }
}
