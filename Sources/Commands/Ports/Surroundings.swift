public import Ledger
internal import LedgerText

/// Time, randomness, identity and environment variables as inputs: no other code reads them
/// directly.
public struct Surroundings: Sendable {
    /// The current time.
    public var now: @Sendable () -> Timestamp
    /// 128 random bits.
    public var random: @Sendable () -> (UInt64, UInt64)
    /// Waits the given number of seconds.
    public var sleep: @Sendable (Double) async -> Void
    /// Whether a process lives; `nil` if this machine cannot check it.
    public var isAlive: @Sendable (Holder) -> Bool?
    /// The author of commands.
    public var author: Author
    /// The holder of leases: person, host, process, and when the process began.
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

    /// A new salt for a payload.
    public func newSalt() -> PayloadSalt {
        let (high, low) = random()
        return .bits(high, low)
    }
}
