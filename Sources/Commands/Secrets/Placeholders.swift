/// Recognizes placeholder texts that are not secrets.
enum Placeholders {
    private static let words: Set<[UInt8]> = Set(
        [
            "password", "passwd", "pass", "pwd", "passphrase", "secret", "token", "key", "user",
            "username",
            "true", "false", "null", "none", "nil", "undefined", "required", "optional", "yes",
            "no",
            "string", "str", "int", "bool", "boolean", "object", "number", "bytes", "any", "self",
            "disabled", "enabled", "default", "empty", "unset", "write", "read", "inherit",
            "changed",
            "redacted", "hidden", "masked", "example", "placeholder", "credentials", "value",
            "text",
        ].map { Array($0.utf8) })

    static func isOne(_ text: Scanned, _ range: Range<Int>) -> Bool {
        isOne(text.bytes[range])
    }

    static func isOne(_ value: some BidirectionalCollection<UInt8>) -> Bool {
        guard let first = value.first, let last = value.last else { return true }
        // A variable, a template, an option, a marker: the real value replaces it later.
        if "$<{%*[(".utf8.contains(first), !isHash(value) { return true }
        if first == UInt8(ascii: "@") && value.count < 3 { return true }
        // A variable inside the text.
        let all = Array(value)
        for place in all.indices.dropLast(3) where all[place] == UInt8(ascii: "$") {
            let name = all[(place + 1)...].prefix {
                ByteSet.upper.contains($0) || $0 == UInt8(ascii: "_")
            }
            if name.count >= 3 { return true }
        }
        if holds("${", value) || holds("{{", value) || holds("$(", value)
            || holds("<", value) && last == 62
        {
            return true
        }
        // One repeated character, or an ellipsis.
        if Set(value).count == 1 || holds("...", value) || holds("…", value) { return true }
        let lower = value.map { ByteSet.upper.contains($0) ? $0 | 32 : $0 }
        if words.contains(lower) { return true }
        // A description of the missing value: `your-access-token`.
        let isPlain = lower.allSatisfy { ByteSet.lower.contains($0) || "-_ ".utf8.contains($0) }
        // The name of a constant: `VALUE_SPECIFIED_ELSEWHERE`.
        if value.count >= 8, value.contains(UInt8(ascii: "_")),
            value.allSatisfy({ ByteSet.upper.contains($0) || $0 == UInt8(ascii: "_") })
        {
            return true
        }
        return isPlain
            && ["password", "secret", "token", "key", "example", "changeme", "credential"].contains
            { holds($0, lower) }
    }

    private static func isHash(_ value: some Collection<UInt8>) -> Bool {
        value.count >= 40 && value.filter { $0 == UInt8(ascii: "$") }.count >= 3
    }

    private static func holds(_ word: String, _ value: some Collection<UInt8>) -> Bool {
        let word = Array(word.utf8)
        guard value.count >= word.count else { return false }
        return Array(value).firstRange(of: word) != nil
    }
}
