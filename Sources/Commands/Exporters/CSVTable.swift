public import Ledger
internal import LedgerText

/// Entries as a table for spreadsheets (RFC 4180). Times are RFC 3339, in UTC.
public enum CSVTable {
    private static let columns = [
        "sequence", "id", "stream", "position", "kind", "time", "recorded", "by", "known", "cause",
        "correlation", "source", "sourceID", "environment", "service", "tag", "digest", "revision",
        "payload",
    ]

    /// The names of the columns, with the end of the line.
    public static var heading: String { Quote.csvLine(columns) }

    /// The line of an entry. A column that the entry lacks is empty.
    public static func line(of entry: Entry) -> String {
        let json = entry.json
        return Quote.csvLine(
            columns.map { name in json[name].map { $0.string ?? Canonical.text($0) } ?? "" })
    }
}
