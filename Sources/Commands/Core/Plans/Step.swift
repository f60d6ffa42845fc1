public import Ledger
internal import LedgerText

/// One command line of a plan: what it is, for which service on which host, and how it is watched.
public struct Step: Codable, Hashable, Sendable {
    /// From 1, over the whole plan.
    public var number: Int
    public var service: ServiceName
    public var host: HostName
    public var name: String
    /// The program and its arguments, as they are handed over: there is no shell in between.
    public var run: [String]
    /// Seconds after which it is stopped.
    public var seconds: Int
    /// True if it must not run twice: after a crash it is looked at before anything else.
    public var once: Bool
    /// Tells whether the step is done already: exits 0 if so.
    public var check: [String]?
    /// The bundle from which its files are taken.
    public var bundle: ContentHash
    /// Where it runs; `nil`: here.
    public var site: Site?
    /// The migration that it takes back: then it is run with the release that made it, and nothing
    /// else begins before it is done.
    public var migration: String?
    /// True if it waits until the release was seen running on the host: what puts the host back
    /// into service.
    public var afterLook: Bool?
}
