internal import LedgerText

/// A duration as people write it: `90s`, `30min`, `6h`, `2 days`, `1w`.
public enum TimeSpan {
    private static let units: [String: Double] = [
        "s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600,
        "hour": 3600, "d": 86_400, "day": 86_400, "w": 604_800, "week": 604_800,
    ]

    /// Its seconds; `nil` if the text is not a duration.
    public static func seconds(_ text: String) -> Double? {
        let words = text.parts(separator: " ")
        let span = words.joined()
        let digits = span.utf8.prefix { ASCII.isDigit($0) }
        guard words.count <= 2, let count = Double(span.prefix(digits.count)) else { return nil }
        let unit = String(span.dropFirst(digits.count))
        let one = unit.utf8.count > 1 && unit.ends(with: "s") ? String(unit.dropLast()) : unit
        return units[one].map { count * $0 }
    }
}
