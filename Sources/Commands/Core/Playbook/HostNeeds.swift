internal import LedgerText

/// The data that a container keeps after it ends, and the files that its host requires before it
/// starts. Read from its options or its compose file.
public struct HostNeeds: Codable, Hashable, Sendable {
    /// A mount whose data outlives the container.
    public struct Volume: Codable, Hashable, Sendable {
        /// The engine's name of the volume, or a folder of the host.
        public var name: String
        /// The path inside the container.
        public var target: String
        /// True if the container cannot write to it.
        public var readOnly: Bool?
    }
    public var volumes: [Volume]
    /// Files of settings and secrets, as absolute paths on the host.
    public var files: [String]
    /// Secrets that the engine keeps, by name.
    public var secrets: [String]

    public init(volumes: [Volume] = [], files: [String] = [], secrets: [String] = []) {
        self.volumes = volumes
        self.files = files
        self.secrets = secrets
    }

    /// The persistent volumes: writable, and not a path to the system itself.
    var persistent: [Volume] {
        let doors = ["/var/run/", "/run/", "/dev/", "/proc/", "/sys/", "/tmp/"]
        return volumes.filter { volume in
            volume.readOnly != true
                && !doors.contains { "\(volume.name)/".begins(with: $0) }
        }
    }

    /// The lines by which the container script checks the host.
    package var asked: [String] { files.map { "file \($0)" } + secrets.map { "secret \($0)" } }
}
