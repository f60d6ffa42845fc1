public import Ledger
internal import LedgerText

/// A check by a command line or over HTTP.
public struct Probe: Codable, Hashable, Sendable {
    public var run: [String]?
    /// Addresses by environment; `*` for all.
    public var http: [String: String]?
    /// The member of a JSON answer that holds the value.
    public var field: String?
    public var seconds: Int
    /// Where the command line runs; `nil`: on this machine.
    public var site: Site?

    public init(
        run: [String]? = nil, http: [String: String]? = nil, field: String? = nil,
        seconds: Int = 10, site: Site? = nil
    ) {
        self.site = site
        self.run = run
        self.http = http
        self.field = field
        self.seconds = seconds
    }

    /// The command line of the probe in an environment. HTTP probes use curl without this machine's
    /// settings, retries or redirects. `{host}` in an address is `host`.
    public func command(
        in environment: EnvironmentName, asking host: String = "localhost"
    ) -> [String]? {
        if let run { return run }
        guard
            let address = (http?[environment.rawValue] ?? http?["*"])?.exchanging(
                "{host}", for: host)
        else { return nil }
        return [
            "curl", "--disable", "--silent", "--show-error", "--fail", "--location",
            "--globoff", "--max-redirs", "0", "--max-time", String(seconds), "--proto",
            "=http,https", "--",
            address,
        ]
    }
}

/// The definition of healthy: a probe must succeed a number of times in a row before a deadline.
public struct HealthCheck: Codable, Hashable, Sendable {
    public var probe: Probe
    /// A second probe that must also succeed: a container may be healthy but not reachable.
    public var and: Probe?
    public var successes: Int
    /// Seconds between two tries.
    public var every: Double
    /// The deadline in seconds.
    public var deadline: Double
}

/// Where a command line runs.
public enum Site: String, Choice {
    /// On the machine that `ledger` runs on.
    case here
    /// On the host that the step or probe belongs to.
    case host
}
