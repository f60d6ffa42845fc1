internal import Glibc
public import Ledger
internal import LedgerProof
internal import LedgerText

/// Who may sign with which key: an allowed-signers file (ssh-keygen(1), ALLOWED SIGNERS).
///
/// Lines that cannot be read, and lines for certificate authorities, allow nobody.
public struct AllowedSigners: Sendable {
    /// One line of the file.
    struct Line {
        /// Patterns of names; the first is the name that the key's owner has here.
        let principals: [String]
        let key: SSHPublicKey
        var namespaces: [String]?
        var validAfter: Timestamp?
        var validBefore: Timestamp?
    }

    let lines: [Line]

    public init(_ text: String) {
        lines = text.fullLines.compactMap { Self.line(String($0)) }
    }

    /// The result of a search for the owner of a key.
    public enum Finding: Hashable, Sendable {
        case allowed(String)
        /// No line has the key.
        case unknown
        /// The lines of the key do not apply now, or to this purpose.
        case notAllowed(String)
    }

    /// The person who may sign with a key, for a purpose, at a time. The first line that applies
    /// counts.
    public func owner(
        of key: SSHPublicKey, namespace: String, at time: Timestamp
    ) -> Finding {
        let own = lines.filter { $0.key == key }
        if own.isEmpty { return .unknown }
        var problem = ""
        for line in own {
            guard let found = line.problem(namespace, time) else {
                return .allowed(line.principals[0])
            }
            problem = problem.isEmpty ? found : problem
        }
        return .notAllowed(problem)
    }

    /// Parses `principals [options] keytype base64 [comment]`.
    private static func line(_ text: String) -> Line? {
        let trimmed = text.trimmed
        if trimmed.isEmpty || trimmed.begins(with: "#") { return nil }
        var words = words(of: trimmed)[...]
        guard let first = words.popFirst() else { return nil }
        let principals = first.parts(separator: ",").map(String.init)
        guard !principals.isEmpty else { return nil }
        var options: String?
        if key(words) == nil { options = words.popFirst() }
        guard let key = key(words) else { return nil }
        var line = Line(principals: principals, key: key)
        guard let options else { return line }
        for option in self.options(of: options) {
            let name = option.name.lowercased()
            switch (name, option.value) {
            case ("namespaces", let value?):
                line.namespaces = value.parts(separator: ",").map(String.init)
            case ("valid-after", let value?):
                guard let time = time(value) else { return nil }
                line.validAfter = time
            case ("valid-before", let value?):
                guard let time = time(value) else { return nil }
                line.validBefore = time
            // An option that is not understood may restrict: the line allows nobody.
            default: return nil
            }
        }
        return line
    }

    private static func key(_ words: ArraySlice<String>) -> SSHPublicKey? {
        guard words.count >= 2, let name = words.first,
            let blob = Base64.decode(words[words.startIndex + 1]),
            let key = SSHPublicKey(blob: blob), key.name == name
        else { return nil }
        return key
    }

    /// Words, separated by blanks outside of double quotes. Quotes around the first word are not
    /// part of it.
    private static func words(of text: String) -> [String] {
        var words: [[UInt8]] = [[]]
        var isQuoted = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""):
                isQuoted.toggle()
                if words.count > 1 { words[words.count - 1].append(byte) }
            case 32 where !isQuoted, 9 where !isQuoted:
                if words.last?.isEmpty == false { words.append([]) }
            default: words[words.count - 1].append(byte)
            }
        }
        return words.filter { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Options are separated by commas outside of double quotes: `name="value"`, or a name alone.
    private static func options(of text: String) -> [(name: String, value: String?)] {
        var parts: [[UInt8]] = [[]]
        var isQuoted = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if byte == UInt8(ascii: ","), !isQuoted {
                parts.append([])
            } else {
                parts[parts.count - 1].append(byte)
            }
        }
        return parts.map { part in
            let text = String(decoding: part, as: UTF8.self)
            guard let sign = text.first(byte: "=") else { return (text, nil) }
            let value = text[text.index(after: sign)...]
            guard value.utf8.count >= 2, value.begins(with: "\""), value.ends(with: "\"") else {
                return (String(text[..<sign]), nil)
            }
            return (String(text[..<sign]), String(value.dropFirst().dropLast()))
        }
    }

    /// `YYYYMMDD[HHMM[SS]]`; with `Z` in UTC, and else in the zone of this machine.
    private static func time(_ text: String) -> Timestamp? {
        var digits = Array(text.utf8)
        let isUTC = digits.last == UInt8(ascii: "Z")
        if isUTC { digits.removeLast() }
        guard [8, 12, 14].contains(digits.count), digits.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        digits += Array(repeating: 48, count: 14 - digits.count)
        func number(_ range: Range<Int>) -> Int32 {
            digits[range].reduce(0) { $0 * 10 + Int32($1 - 48) }
        }
        var time = tm()
        (time.tm_year, time.tm_mon) = (number(0..<4) - 1900, number(4..<6) - 1)
        (time.tm_mday, time.tm_hour) = (number(6..<8), number(8..<10))
        (time.tm_min, time.tm_sec, time.tm_isdst) = (number(10..<12), number(12..<14), -1)
        guard (0..<12).contains(time.tm_mon), (1...31).contains(time.tm_mday), time.tm_hour < 24,
            time.tm_min < 60, time.tm_sec < 61
        else { return nil }
        return Timestamp(microseconds: Int64(isUTC ? timegm(&time) : mktime(&time)) * 1_000_000)
    }
}

extension AllowedSigners.Line {
    /// Why the line does not apply; `nil` if it does.
    fileprivate func problem(_ namespace: String, _ time: Timestamp) -> String? {
        if let validAfter, time < validAfter { return "the key is not valid yet" }
        if let validBefore, time > validBefore { return "the key has expired" }
        if let namespaces, !Self.matches(namespace, namespaces) {
            return "the key may not sign for \(namespace)"
        }
        if principals[0].utf8.contains(where: { "*?!".utf8.contains($0) }) {
            return "its line names a pattern, not a person"
        }
        return nil
    }

    /// Whether a name matches one of the patterns (ssh_config(5), PATTERNS), and none with `!`.
    private static func matches(_ name: String, _ patterns: [String]) -> Bool {
        var isMatched = false
        for pattern in patterns {
            let isNegative = pattern.begins(with: "!")
            let bare = Array((isNegative ? String(pattern.dropFirst()) : pattern).utf8)
            guard fits(Array(name.utf8), bare) else { continue }
            if isNegative { return false }
            isMatched = true
        }
        return isMatched
    }

    /// In time that grows with both lengths: only the last star is tried again.
    private static func fits(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (at, place, star, retry) = (0, 0, -1, 0)
        while at < name.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                (star, retry) = (place, at)
                place += 1
            } else if place < pattern.count,
                pattern[place] == UInt8(ascii: "?") || pattern[place] == name[at]
            {
                (at, place) = (at + 1, place + 1)
            } else if star >= 0 {
                retry += 1
                (at, place) = (retry, star + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
