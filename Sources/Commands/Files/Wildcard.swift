/// Patterns in which `*` matches any characters, for names of tags, branches and stages.
package enum Wildcard {
    /// Whether a text matches one of the patterns, in which `*` matches any characters.
    package static func fits(_ text: String, _ patterns: [String]) -> Bool {
        patterns.contains { fits(Array(text.utf8)[...], Array($0.utf8)[...]) }
    }

    private static func fits(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var (text, pattern) = (text, pattern)
        // The position of the last star, and what it matched: it matches one more character when
        // all else fails.
        var star: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        while let next = text.first {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                star = (pattern, text)
            } else if pattern.first == next {
                (text, pattern) = (text.dropFirst(), pattern.dropFirst())
            } else if let last = star {
                (pattern, text) = (last.pattern, last.text.dropFirst())
                star = (pattern, text)
            } else {
                return false
            }
        }
        return pattern.allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
