public import CommandPorts
public import Ledger
internal import Synchronization

/// Surroundings whose clock and chance are counted, so that everything comes out the same each
/// time.
public enum Fixed {
    /// 2026-11-20T09:00:00Z.
    public static let start = Timestamp(microseconds: 1_795_165_200_000_000)

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
        func next() -> Int { value.add(1, ordering: .relaxed).newValue }
    }

    /// A clock that goes on by a second each time it is asked; ids that count.
    public static func surroundings(
        by author: String = "alice", variables: [String: String] = [:],
        process: Int = 1, isAlive: @escaping @Sendable (Holder) -> Bool? = { _ in nil }
    ) -> Surroundings {
        let ticks = Counter()
        let ids = Counter()
        return Surroundings(
            now: { start.adding(seconds: Double(ticks.next())) },
            random: {
                let id = UInt64(ids.next())
                return (id, id << 20 | UInt64(process) << 8)
            },
            sleep: { _ in }, isAlive: isAlive, author: Author(name: author),
            holder: Holder(person: author, host: "here", process: process, began: "1"),
            variables: variables)
    }
}

/// A sequence of numbers that follows from a seed (SplitMix64): a failure is one number.
public struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    public init(_ seed: UInt64) { state = seed }
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
