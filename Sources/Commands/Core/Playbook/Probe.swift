public import Ledger
internal import LedgerText

/// How something is asked: by a command line or over HTTP.
public struct Probe: Codable, Hashable, Sendable {
    public var run: [String]?
    /// Addresses by environment; `*` for all.
    public var http: [String: String]?
    /// The member of a JSON answer that tells.
    public var field: String?
    public var seconds: Int
    /// Where the command line runs; `nil`: here.
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

    /// The command line that asks, in an environment. HTTP is asked by curl: no settings of this
    /// machine's, no retries; an answer that leads elsewhere is none. `{host}` in an address is
    /// `host`.
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

/// What healthy means: a probe that must succeed so many times in a row, before a deadline.
public struct HealthCheck: Codable, Hashable, Sendable {
    public var probe: Probe
    /// Another that must succeed with it: a container may be healthy and not be reached.
    public var and: Probe?
    public var successes: Int
    /// Seconds between two tries.
    public var every: Double
    /// Seconds after which it is given up.
    public var deadline: Double
}

/// Where a command line runs.
public enum Site: String, Choice {
    /// On the machine that `ledger` runs on.
    case here
    /// On the host that it is about.
    case host
}
