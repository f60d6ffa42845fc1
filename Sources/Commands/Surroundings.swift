public import Ledger
internal import LedgerText
public import Projections

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

    /// Whether the holder of a lease may still be at work: the lease has not ended, and nobody
    /// knows its process to be gone.
    public func mayWork(_ lease: LeaseView) -> Bool {
        now() < lease.ends && Holder(lease.holder).flatMap(isAlive) != false
    }
}

/// A process that may hold a lease, so that another on the same machine can tell whether it still
/// lives.
public struct Holder: Hashable, Sendable {
    public let person: String
    public let host: String
    public let process: Int
    /// When and where the process began, as the system counts it: a number may be used again, and
    /// may be another process in the next container; this pair is not.
    public let began: String

    public init(person: String, host: String, process: Int, began: String) {
        self.person = person
        self.host = host
        self.process = process
        self.began = began
    }

    /// `alice@laptop process 4711 (8123)`.
    public var text: String { "\(person)@\(host) process \(process) (\(began))" }

    /// Reads `text` back; `nil` if it has another form.
    public init?(_ text: String) {
        let words = text.parts(separator: " ")
        guard words.count == 4, words[1] == "process", let process = Int(words[2]),
            words[3].begins(with: "("), words[3].ends(with: ")"),
            let cut = words[0].last(byte: "@")
        else { return nil }
        person = String(words[0][..<cut])
        host = String(words[0][words[0].index(after: cut)...])
        self.process = process
        began = String(words[3].dropFirst().dropLast())
    }
}
