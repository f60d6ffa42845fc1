internal import Ledger

/// What a line of a stored view holds beside its columns.
///
/// The JSON form is written by hand: it is made for every line that is stored, and `Codable` needs
/// more than twice as long (LED-0001).
protocol ViewDetail: LineDetail, Hashable {
    /// Members of another form count as absent: `ledger verify` reports such a line.
    init(_ json: JSONValue)
    /// Writes the members, in the order of their names.
    func write(to members: inout MemberWriter)
}

extension ViewDetail {
    /// The detail of a line without one.
    static var empty: Self { Self(.object([:])) }

    public var text: String {
        var members = MemberWriter()
        write(to: &members)
        return members.text
    }
}

extension ViewRow {
    /// The detail of the line, in the form of its view.
    func detail<Detail: ViewDetail>(as type: Detail.Type = Detail.self) -> Detail {
        guard let lineDetail else { return .empty }
        return lineDetail as? Detail ?? Detail(details)
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

    static func < (one: Moment, other: Moment) -> Bool {
        (one.time, one.entry) < (other.time, other.entry)
    }
}

extension JSONValue {
    /// The texts of a list; `nil` if it is not a list.
    var texts: [String]? { array?.compactMap(\.string) }
}

extension Subject {
    /// The subject that a detail has among its members. An entry had these names.
    init(members json: JSONValue) {
        func name<N: Name>(_ field: String) -> N? { json[field]?.string.map(N.init(unchecked:)) }
        self.init(
            environment: name("environment"), service: name("service"), tag: name("tag"),
            digest: name("digest"), revision: name("revision"))
    }
}
