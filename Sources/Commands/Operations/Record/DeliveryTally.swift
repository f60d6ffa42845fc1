internal import CommandEngine
internal import Ledger

/// The results of many deliveries.
public struct DeliveryTally: Codable, Hashable, Sendable {
    /// The deliveries of one event, such as `push`.
    public struct Line: Codable, Hashable, Sendable {
        public let event: String
        public fileprivate(set) var deliveries = 0
        public fileprivate(set) var facts = 0
        /// How many deliveries contained no fact, by reason.
        public fileprivate(set) var reasons: [String: Int] = [:]

        fileprivate mutating func add(_ other: Line) {
            deliveries += other.deliveries
            facts += other.facts
            reasons.merge(other.reasons) { $0 + $1 }
        }
    }

    /// A delivery that was not recorded.
    public struct Refused: Codable, Hashable, Sendable {
        public let place: String
        public let reason: String
        public let hint: String?
    }

    public private(set) var deliveries = 0
    /// How many were already recorded.
    public private(set) var known = 0
    /// The number of new entries, without the deliveries' own.
    public private(set) var facts = 0
    /// By event, in the order of their names.
    public private(set) var events: [Line] = []
    public private(set) var refused: [Refused] = []

    mutating func count(_ read: ReadDelivery, _ result: DeliveryResult) {
        deliveries += 1
        known += result.isKnown ? 1 : 0
        facts += result.facts
        var line = Line(event: read.name)
        line.deliveries = 1
        line.facts = result.facts
        if let reason = read.reason { line.reasons[reason] = 1 }
        add(line)
    }

    mutating func add(_ other: DeliveryTally) {
        deliveries += other.deliveries
        known += other.known
        facts += other.facts
        other.events.forEach { add($0) }
        refused += other.refused
    }

    mutating func refuse(_ place: String, _ reason: String, _ hint: Hint?) {
        refused.append(Refused(place: place, reason: reason, hint: hint?.description))
    }

    private mutating func add(_ line: Line) {
        if let index = events.firstIndex(where: { $0.event.utf8.elementsEqual(line.event.utf8) }) {
            return events[index].add(line)
        }
        let place =
            events.firstIndex { line.event.utf8.lexicographicallyPrecedes($0.event.utf8) }
            ?? events.endIndex
        events.insert(line, at: place)
    }
}
