internal import Glibc
internal import Ledger
internal import LedgerText

/// A moment as a person reads it: relative within a day, otherwise date and time with their zone.
struct LocalTime: Sendable {
    /// Returns the present moment. It is a function, because `log --follow` prints for hours.
    let clock: @Sendable () -> Timestamp
    /// UTC instead of the local zone.
    let zone: Zone
    /// Relative times, or exact ones with seconds.
    let detail: Detail

    enum Zone: Sendable { case local, utc }
    enum Detail: Sendable { case relative, seconds }

    init(
        now: @escaping @Sendable () -> Timestamp, zone: Zone = .local, detail: Detail = .relative
    ) {
        (clock, self.zone, self.detail) = (now, zone, detail)
    }

    func text(_ time: Timestamp) -> String {
        let seconds = clock().seconds(since: time)
        guard detail == .relative, abs(seconds) < 86_400 else { return date(time) }
        // What is still to come is rounded up: a freeze of 12 h begins with "in 12 h".
        return seconds < 0
            ? "in \(Self.duration(-seconds, rounding: .up))" : "\(Self.duration(seconds)) ago"
    }

    /// A duration with one unit: `12 s`, `3 min`, `5 h`, `2 d`.
    static func duration(
        _ seconds: Double, rounding rule: FloatingPointRoundingRule = .down
    ) -> String {
        func count(_ unit: Double) -> Int { Int((seconds / unit).rounded(rule)) }
        if count(1) < 60 { return "\(count(1)) s" }
        if count(60) < 60 { return "\(count(60)) min" }
        return count(3600) < 24 ? "\(count(3600)) h" : "\(count(86_400)) d"
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
