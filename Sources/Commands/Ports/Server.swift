public import Ledger
internal import LedgerText

/// How a host is reached: what the playbook says of it.
public struct Server: Codable, Hashable, Sendable {
    public var host: HostName
    /// What ssh is told: a name of its configuration, `user@name`, `ssh://user@name:port`.
    public var ssh: String
    /// The name or address at which its services are asked: what `{host}` stands for.
    public var address: String?

    public init(host: HostName, ssh: String, address: String? = nil) {
        self.host = host
        self.ssh = ssh
        self.address = address
    }
}
