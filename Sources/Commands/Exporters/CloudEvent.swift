public import Ledger
internal import LedgerText

/// Entries as CloudEvents 1.0.2 (cloudevents.io, "JSON Event Format").
public enum CloudEvent {
    /// Returns the event of an entry. `source` is the address of this ledger, a URI reference (RFC
    /// 3986). The entry's stream is appended to it.
    public static func value(of entry: Entry, source: String) -> JSONValue {
        var members: [String: JSONValue] = [
            "specversion": "1.0", "id": .string(entry.id.description),
            "source": .string("\(source)/\(Percent.encoded(entry.stream.rawValue, keeping: "/"))"),
            "type": .string("ledger.\(entry.kind)"), "time": .string(entry.time.description),
            "datacontenttype": "application/json", "data": entry.fields,
            // Extension attributes: names may contain only lower-case letters and digits.
            "recordedtime": .string(entry.recorded.description),
            // Extension "sequence": texts that sort in the order of the events.
            "sequence": .string(padded(entry.sequence)),
            "by": .string(entry.by.name), "known": .string(entry.by.known.rawValue),
        ]
        members["subject"] = subject(entry).map { .string($0) }
        members["correlationid"] = entry.draft.correlation.map { .string($0.description) }
        members["causationid"] = entry.draft.cause.map { .string($0.description) }
        return .object(members)
    }

    /// The subject within the stream: the service and its release.
    private static func subject(_ entry: Entry) -> String? {
        let about = [
            entry.subject.service?.rawValue,
            entry.subject.tag?.rawValue ?? entry.subject.digest?.rawValue
                ?? entry.subject.revision?.rawValue,
        ].compactMap(\.self)
        return about.isEmpty ? nil : about.joined(separator: "/")
    }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    }
}
