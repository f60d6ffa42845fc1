internal import Glibc
internal import Ledger
internal import LedgerText

/// A moment as a person reads it: relative within a day, otherwise date and time with their zone.
struct LocalTime: Sendable {
    let now: Timestamp
    /// UTC instead of the local zone.
    var zone = Zone.local
    /// Relative times, or exact ones with seconds.
    var detail = Detail.relative

    enum Zone: Sendable { case local, utc }
    enum Detail: Sendable { case relative, seconds }

    func text(_ time: Timestamp) -> String {
        let seconds = now.seconds(since: time)
        guard detail == .relative, abs(seconds) < 86_400 else { return date(time) }
        // What is still to come is rounded up: a freeze of 12 h begins with "in 12 h".
        let size = Self.duration(Int(seconds < 0 ? (-seconds + 59).rounded() : seconds))
        return seconds < 0 ? "in \(size)" : "\(size) ago"
    }

    /// A duration with one unit: `12 s`, `3 min`, `5 h`.
    static func duration(_ seconds: Int) -> String {
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min" }
        return seconds < 86_400 ? "\(seconds / 3600) h" : "\(seconds / 86_400) d"
    }

    private func date(_ time: Timestamp) -> String {
        let (second, _) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        var moment = time_t(second)
        var parts = tm()
        let isKnown =
            zone == .utc ? gmtime_r(&moment, &parts) != nil : localtime_r(&moment, &parts) != nil
        guard isKnown else { return time.short }
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + "\(number)" }
        let name = zone == .utc ? "UTC" : parts.tm_zone.map { String(cString: $0) } ?? "UTC"
        return "\(Int(parts.tm_year) + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min))"
            + (detail == .seconds ? ":\(two(parts.tm_sec))" : "") + " \(name)"
    }
}
