public import Ledger
internal import LedgerText

/// How to reach a host, as the playbook defines it.
public struct Server: Codable, Hashable, Sendable {
    public var host: HostName
    /// The ssh destination: a name of its configuration, `user@name`, `ssh://user@name:port`.
    public var ssh: String
    /// The name or address of the host's services; it replaces `{host}`.
    public var address: String?

    public init(host: HostName, ssh: String, address: String? = nil) {
        self.host = host
        self.ssh = ssh
        self.address = address
    }
}
