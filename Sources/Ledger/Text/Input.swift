internal import Glibc

/// Where a program reads what is piped into it.
package enum Input {
    /// Standard input was not read to its end.
    package enum Problem: Error, Hashable, CustomStringConvertible {
        case tooLarge(Int)
        case unreadable(String)

        package var description: String {
            switch self {
            case .tooLarge(let limit): "standard input has more than \(limit >> 20) MiB"
            case .unreadable(let why): "standard input cannot be read (\(why))"
            }
        }
    }

    /// All bytes of standard input, of which there may be at most `limit`.
    package static func toEnd(limit: Int) throws(Problem) -> [UInt8] {
        guard let bytes = bytes(of: STDIN_FILENO, limit: limit) else {
            throw .unreadable(String(cString: strerror(errno)))
        }
        guard bytes.count <= limit else { throw .tooLarge(limit) }
        return bytes
    }

    /// The bytes up to the end, or more than `limit` of them; `nil`, with `errno`, if that fails.
    static func bytes(of descriptor: Int32, limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= limit {
            let count = read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            if count < 0 { return nil }
            if count == 0 { break }
            bytes += part[..<count]
        }
        return bytes
    }
}
