public import Ledger
internal import LedgerText

/// One command line of a plan, with its service, its host and its limits.
public struct Step: Codable, Hashable, Sendable {
    /// From 1, over the whole plan.
    public var number: Int
    public var service: ServiceName
    public var host: HostName
    public var name: String
    /// The program and its arguments, passed directly without a shell.
    public var run: [String]
    /// Time limit in seconds.
    public var seconds: Int
    /// True if the step must not run twice: after a crash its result is checked before anything
    /// else.
    public var once: Bool
    /// Exits 0 if the step is already done.
    public var check: [String]?
    /// The bundle that provides its files.
    public var bundle: ContentHash
    /// Where the step runs; `nil`: on this machine.
    public var site: Site?
    /// The migration that the step reverts. The release that applied it runs the step, and no other
    /// step starts before it is done.
    public var migration: String?
    /// True if the step waits until the release was observed on the host: the step that returns the
    /// host to service.
    public var afterLook: Bool?
}
