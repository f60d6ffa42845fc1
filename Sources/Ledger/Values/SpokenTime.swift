internal import LedgerText

/// Times as people write them.
public enum SpokenTime {
    /// A moment: RFC 3339, `@` and seconds, `now`, `yesterday`, or `2.hours.ago`.
    public static func time(_ text: String, now: Timestamp) -> Timestamp? {
        if let time = Timestamp(text) { return time }
        switch text {
        case "now": return now
        case "today", "yesterday":
            let day = now.description.prefix(10)
            let midnight = Timestamp(String(day))
            return text == "today" ? midnight : midnight?.adding(seconds: -86_400)
        default: break
        }
        let parts = text.split { $0 == "." || $0 == " " }
        guard parts.count == 3, parts[2] == "ago",
            let seconds = TimeSpan.seconds("\(parts[0]) \(parts[1])")
        else { return nil }
        return now.adding(seconds: -seconds)
    }

    /// The moment that is a span before now: `90s`, `30min`, `6h`, `2 days`, also with ` ago`.
    ///
    /// It is not a reference: a tag may have such a name.
    public static func ago(_ text: String, now: Timestamp) -> Timestamp? {
        let span = text.ends(with: " ago") ? String(text.dropLast(4)) : text
        return TimeSpan.seconds(span).map { now.adding(seconds: -$0) }
    }
}
