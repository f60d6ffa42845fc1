public import Ledger
internal import LedgerText

/// Time, chance, identity and environment, handed in: nothing else in the house asks for them.
public struct Surroundings: Sendable {
    /// The present moment.
    public var now: @Sendable () -> Timestamp
    /// 128 random bits.
    public var random: @Sendable () -> (UInt64, UInt64)
    /// Waits so many seconds.
    public var sleep: @Sendable (Double) async -> Void
    /// Whether a process lives; `nil` if this machine cannot tell.
    public var isAlive: @Sendable (Holder) -> Bool?
    /// Who acts.
    public var author: Author
    /// Who holds a lease: person, host, process and when the process began.
    public var holder: Holder
    /// The environment variables.
    public var variables: [String: String]

    public init(
        now: @escaping @Sendable () -> Timestamp,
        random: @escaping @Sendable () -> (UInt64, UInt64),
        sleep: @escaping @Sendable (Double) async -> Void,
        isAlive: @escaping @Sendable (Holder) -> Bool?, author: Author, holder: Holder,
        variables: [String: String] = [:]
    ) {
        self.now = now
        self.random = random
        self.sleep = sleep
        self.isAlive = isAlive
        self.author = author
        self.holder = holder
        self.variables = variables
    }

    /// A new identity for an entry.
    public func newID() -> EntryID { EntryID(time: now(), random: random()) }
}
