internal import Ledger
internal import LedgerText

/// Orders releases: by version if their tags have one, otherwise by time.
///
/// A fix of an older line that was tagged a day later is not a newer release. Versions compare by
/// the rules of Semantic Versioning 2.0.0, section 11, with any count of numbers. Only tags with
/// the same text before the version (`web-v`) are compared by version.
public enum VersionOrder {
    /// Tags, the newest first.
    public static func newestFirst(_ tags: [TagView]) -> [TagView] {
        var groups: [String: [(row: TagView, version: Version)]] = [:]
        var placed: [(row: TagView, time: Timestamp, rank: Int)] = []
        for row in tags.sorted(by: { ($0.time, $0.since) < ($1.time, $1.since) }) {
            if let tag = row.subject.tag, let (line, version) = Version.parse(tag.rawValue) {
                groups[line, default: []].append((row, version))
            } else {
                placed.append((row, row.time, row.since))
            }
        }
        for group in groups.values {
            // A version counts as at least as new as the lower versions of its line.
            var time = Timestamp(microseconds: .min)
            let ordered = group.enumerated().sorted {
                $0.element.version == $1.element.version
                    ? $0.offset < $1.offset : $0.element.version < $1.element.version
            }
            for (rank, one) in ordered.enumerated() {
                time = max(time, one.element.row.time)
                placed.append((one.element.row, time, Int.min / 2 + rank))
            }
        }
        return placed.sorted { ($0.time, $0.rank) > ($1.time, $1.rank) }.map(\.row)
    }

    /// The numbers of a tag, and what follows them.
    struct Version: Comparable {
        let numbers: [Identifier]
        /// `rc.1`; a pre-release comes before its release.
        let early: [Identifier]

        /// Splits a tag into the text before the version, and the version: `web-v1.2.0-rc.1+7`.
        static func parse(_ tag: String) -> (line: String, version: Version)? {
            let bytes = Array(tag.utf8)
            guard
                let start = bytes.indices.first(where: { place in
                    isDigit(bytes[place])
                        && (place == 0 || !isOfName(bytes[place - 1], bytes, place))
                })
            else { return nil }
            let whole = bytes[start...].prefix { $0 != UInt8(ascii: "+") }
            let release = whole.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
            let numbers = Self.text(release).parts(separator: ".", omittingEmptySubsequences: false)
            let rest = whole.dropFirst(release.count)
            // A single number is a count or a date, not a version.
            guard numbers.count > 1, numbers.allSatisfy({ !$0.isEmpty }),
                rest.isEmpty || rest.first == UInt8(ascii: "-")
            else { return nil }
            let early = Self.text(rest.dropFirst()).parts(separator: ".")
            return (
                Self.text(bytes[..<start]),
                Version(numbers: numbers.map(Identifier.init), early: early.map(Identifier.init))
            )
        }

        private static func text(_ bytes: ArraySlice<UInt8>) -> String {
            String(decoding: bytes, as: UTF8.self)
        }

        private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

        /// Whether a digit after this byte is a part of a word, as in `py3`. This applies to every
        /// letter except a `v` that begins a word.
        private static func isOfName(_ byte: UInt8, _ bytes: [UInt8], _ place: Int) -> Bool {
            func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 32) }
            if isDigit(byte) || byte == UInt8(ascii: ".") { return true }
            guard isLetter(byte) else { return false }
            return byte | 32 != UInt8(ascii: "v") || (place > 1 && isLetter(bytes[place - 2]))
        }

        static func < (one: Version, other: Version) -> Bool {
            for (mine, theirs) in zip(one.numbers, other.numbers) where mine != theirs {
                return mine < theirs
            }
            if one.numbers.count != other.numbers.count {
                return one.numbers.count < other.numbers.count
            }
            if one.early.isEmpty || other.early.isEmpty {
                return !one.early.isEmpty && other.early.isEmpty
            }
            for (mine, theirs) in zip(one.early, other.early) where mine != theirs {
                return mine < theirs
            }
            return one.early.count < other.early.count
        }
    }

    /// One part of a version: a number of any length, or a word. Numbers come before words.
    struct Identifier: Comparable {
        private let bytes: [UInt8]
        private let isNumber: Bool

        init(_ text: Substring) {
            isNumber = text.utf8.allSatisfy { (48...57).contains($0) }
            bytes =
                isNumber
                ? Array(text.utf8.drop { $0 == UInt8(ascii: "0") }) : Array(text.utf8)
        }

        static func < (one: Identifier, other: Identifier) -> Bool {
            if one.isNumber != other.isNumber { return one.isNumber }
            if one.isNumber, one.bytes.count != other.bytes.count {
                return one.bytes.count < other.bytes.count
            }
            return one.bytes.lexicographicallyPrecedes(other.bytes)
        }
    }
}
