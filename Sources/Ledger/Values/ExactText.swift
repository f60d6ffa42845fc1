/// A text that is compared by its bytes, as a database does. Composed and decomposed `é` are
/// different texts here, although Swift's strings treat them as equal.
package struct ExactText: Hashable, Comparable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: ExactText, right: ExactText) -> Bool {
        var (one, other) = (left.text, right.text)
        return one.withUTF8 { one in
            other.withUTF8 { other in
                areSame(UnsafeRawBufferPointer(one), UnsafeRawBufferPointer(other))
            }
        }
    }

    /// Compares eight bytes at a time.
    private static func areSame(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
    ) -> Bool {
        if left.count != right.count { return false }
        var at = 0
        while at + 8 <= left.count {
            let word = left.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            if word != right.loadUnaligned(fromByteOffset: at, as: UInt64.self) { return false }
            at += 8
        }
        return left[at...].elementsEqual(right[at...])
    }

    package static func < (left: ExactText, right: ExactText) -> Bool {
        var (one, other) = (left.text, right.text)
        return one.withUTF8 { one in
            other.withUTF8 { other in one.lexicographicallyPrecedes(other) }
        }
    }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { bytes in
            hasher.combine(bytes.count)
            hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        }
    }
}

extension String.UTF8View {
    /// Whether the text contains the bytes.
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
