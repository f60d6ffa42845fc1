internal import LedgerText

/// A moment: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public struct Timestamp: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Whole seconds since 1970, as git and Unix keep them.
    public init(seconds: Int64) {
        let (product, isBeyond) = seconds.multipliedReportingOverflow(by: 1_000_000)
        microseconds = isBeyond ? (seconds < 0 ? .min : .max) : product
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The moment that is `seconds` later (earlier if negative).
    public func adding(seconds: Double) -> Timestamp {
        let sum = Double(microseconds) + (seconds * 1_000_000).rounded()
        // Times beyond 64 bits (292,000 years) become the last representable time.
        guard abs(sum) < 0x1p63 else {
            return Timestamp(microseconds: sum < 0 ? .min : .max)
        }
        return Timestamp(microseconds: microseconds + Int64((seconds * 1_000_000).rounded()))
    }

    /// Seconds from `earlier` to this moment.
    public func seconds(since earlier: Timestamp) -> Double {
        (Double(microseconds) - Double(earlier.microseconds)) / 1_000_000
    }

    /// RFC 3339 in UTC with six decimals, so that texts sort by time:
    /// `2026-11-20T09:14:03.500000Z`.
    public var fixed: String {
        let short = description.dropLast()
        let decimals = short.parts(separator: ".").dropFirst().first.map(String.init) ?? ""
        let zeros = String(repeating: "0", count: 6 - decimals.utf8.count)
        return short + (decimals.isEmpty ? "." : "") + zeros + "Z"
    }

    /// RFC 3339 in UTC; fractions of a second only if there are any.
    public var description: String {
        let second = floorDivide(microseconds, 1_000_000)
        // For the earliest times the product overflows 64 bits, but the difference does not.
        let fraction = microseconds &- second &* 1_000_000
        let day = floorDivide(second, 86_400)
        let inDay = second - day * 86_400
        let (year, month, date) = Calendar.civil(fromDays: day)
        let clock = "\(pad(inDay / 3600)):\(pad(inDay / 60 % 60)):\(pad(inDay % 60))"
        var text = "\(pad(year, 4))-\(pad(month))-\(pad(date))T\(clock)"
        if fraction != 0 {
            var digits = pad(fraction, 6)
            while digits.ends(with: "0") { digits.removeLast() }
            text += "." + digits
        }
        return text + "Z"
    }

    /// Whole seconds, for people: `2026-11-20 09:14:03Z`.
    public var short: String {
        let fraction = ((microseconds % 1_000_000) + 1_000_000) % 1_000_000
        let text = Timestamp(microseconds: microseconds &- fraction).description
        return text.exchanging("T", for: " ")
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let time = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "\"\(text.prefix(80))\" is not a time; write it as "
                    + "2026-11-20T09:14:03Z (RFC 3339)")
        }
        self = time
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Timestamp {
    /// RFC 3339 (`2026-11-20T09:14:03.5+01:00`), a date alone (its first moment in UTC), or `@` and
    /// seconds since 1970 as git writes them; `nil` for anything else.
    public init?(_ text: String) {
        if text.begins(with: "@") {
            guard let seconds = Int64(text.dropFirst()),
                (-253_402_300_800...253_402_300_800).contains(seconds)
            else {
                return nil
            }
            self.init(seconds: seconds)
            return
        }
        var scan = Scan(rest: Array(text.utf8)[...])
        guard let year = scan.number(4), scan.take("-"), let month = scan.number(2),
            scan.take("-"), let day = scan.number(2),
            (1...12).contains(month), (1...Calendar.days(in: month, of: year)).contains(day)
        else { return nil }
        var seconds = Calendar.days(year, month, day) * 86_400
        var fraction: Int64 = 0
        if !scan.rest.isEmpty {
            guard scan.take("T") || scan.take("t") || scan.take(" "),
                let hour = scan.number(2), hour < 24,
                scan.take(":"), let minute = scan.number(2), minute < 60
            else { return nil }
            seconds += hour * 3600 + minute * 60
            if scan.take(":") {
                guard let second = scan.number(2), second <= 60 else { return nil }
                seconds += min(second, 59)
                if scan.take(".") {
                    guard let digits = scan.fraction() else { return nil }
                    fraction = digits
                }
            }
            guard let offset = scan.offset(), scan.rest.isEmpty else { return nil }
            seconds -= offset
        }
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }

    private struct Scan {
        var rest: ArraySlice<UInt8>

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(_ digits: Int) -> Int64? {
            guard rest.count >= digits else { return nil }
            var value: Int64 = 0
            for unit in rest.prefix(digits) {
                guard (48...57).contains(unit) else { return nil }
                value = value * 10 + Int64(unit - 48)
            }
            rest.removeFirst(digits)
            return value
        }

        /// Digits after the decimal point as microseconds; digits after the sixth are dropped.
        mutating func fraction() -> Int64? {
            let digits = rest.prefix { (48...57).contains($0) }
            guard !digits.isEmpty else { return nil }
            rest.removeFirst(digits.count)
            let six = (Array(digits) + Array(repeating: 48, count: 6)).prefix(6)
            return six.reduce(0) { $0 * 10 + Int64($1 - 48) }
        }

        /// Seconds east of UTC.
        mutating func offset() -> Int64? {
            if rest.isEmpty || take("Z") || take("z") { return 0 }
            let sign: Int64 = take("+") ? 1 : take("-") ? -1 : 0
            guard sign != 0, let hours = number(2), hours < 24 else { return nil }
            _ = take(":")
            guard let minutes = number(2), minutes < 60 else { return nil }
            return sign * (hours * 3600 + minutes * 60)
        }
    }
}

/// Days and dates of the proleptic Gregorian calendar, in UTC.
enum Calendar {
    static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 (the year is counted from March, so that leap days come last).
    static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let day = shifted - era * 146_097
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let date = dayOfYear - (153 * month + 2) / 5 + 1
        let civilMonth = month < 10 ? month + 3 : month - 9
        return (year + era * 400 + (civilMonth <= 2 ? 1 : 0), civilMonth, date)
    }
}

private func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
    let quotient = value / by
    return value % by < 0 ? quotient - 1 : quotient
}

private func pad(_ value: Int64, _ width: Int = 2) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
