/// A text that is compared by its bytes, as a database compares it: `é` as one character and as
/// two are two texts, though Swift's strings hold them equal.
package struct ExactText: Hashable, Comparable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: ExactText, right: ExactText) -> Bool {
        // What differs as text differs in its bytes, and is told fast.
        left.text == right.text && left.text.utf8.elementsEqual(right.text.utf8)
    }

    package static func < (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    /// Equal bytes are equal text, which has an equal hash.
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension String.UTF8View {
    /// Whether the bytes occur somewhere.
    package func contains(_ needle: [UInt8]) -> Bool {
        guard let first = needle.first, needle.count <= count else { return needle.isEmpty }
        let found: Bool? = withContiguousStorageIfAvailable { bytes in
            var at = 0
            let last = bytes.count - needle.count
            while at <= last {
                if bytes[at] == first,
                    needle.withUnsafeBufferPointer({ needle in
                        (1..<needle.count).allSatisfy { bytes[at + $0] == needle[$0] }
                    })
                {
                    return true
                }
                at += 1
            }
            return false
        }
        return found ?? (Array(self).firstRange(of: needle) != nil)
    }
}
