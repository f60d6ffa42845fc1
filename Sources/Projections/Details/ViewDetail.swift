internal import Ledger

/// What a line of a stored view holds beside its columns.
///
/// The JSON form is written by hand: a fold reads and writes it for every entry of a run, and
/// `Codable` needs more than twice as long (LED-0001).
protocol ViewDetail: Hashable, Sendable {
    /// Members of another form count as absent: `ledger verify` reports such a line.
    init(_ json: JSONValue)
    var json: JSONValue { get }
}

extension ViewDetail {
    /// The detail of a line without one.
    static var empty: Self { Self(.object([:])) }

    /// The canonical text.
    var text: String { Canonical.text(json) }
}

extension ViewRow {
    /// The detail of the line, in the form of its view.
    func detail<Detail: ViewDetail>(as type: Detail.Type = Detail.self) -> Detail {
        detail == nil ? .empty : Detail(details)
    }
}

/// When something happened; of two facts with the same time the one recorded later counts.
struct Moment: Comparable, Hashable, Sendable {
    let time: Int64
    let entry: Int

    init(_ time: Int64, _ entry: Int) { (self.time, self.entry) = (time, entry) }

    init?(_ json: JSONValue?) {
        guard let parts = json?.array, parts.count == 2, let time = parts[0].integer,
            let entry = parts[1].integer
        else { return nil }
        self.init(Int64(time), entry)
    }

    var json: JSONValue { .array([JSONValue(Int(time)), JSONValue(entry)]) }

    static func < (one: Moment, other: Moment) -> Bool {
        (one.time, one.entry) < (other.time, other.entry)
    }
}

extension [String: JSONValue] {
    /// Sets a member; absent if the value is `nil`.
    mutating func set(_ name: String, _ value: String?) { self[name] = value.map { .string($0) } }
    mutating func set(_ name: String, _ value: Int?) { self[name] = value.map { JSONValue($0) } }
    mutating func set(_ name: String, _ value: Moment?) { self[name] = value?.json }
    /// Sets the member to true; absent if false.
    mutating func set(_ name: String, if isTrue: Bool) { if isTrue { self[name] = true } }
    mutating func set(_ name: String, _ values: [String]?) {
        self[name] = values.map { .array($0.map { .string($0) }) }
    }
}

extension JSONValue {
    /// The texts of a list; `nil` if it is not a list.
    var texts: [String]? { array?.compactMap(\.string) }
}

extension Subject {
    /// The subject that a detail holds among its members.
    init(members json: JSONValue) {
        func name<N: Name>(_ field: String) -> N? {
            json[field]?.string.flatMap(N.init(rawValue:))
        }
        self.init(
            environment: name("environment"), service: name("service"), tag: name("tag"),
            digest: name("digest"), revision: name("revision"))
    }
}
