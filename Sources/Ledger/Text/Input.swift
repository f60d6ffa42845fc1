internal import Glibc

/// Where a program reads what is piped into it.
package enum Input {
    /// All bytes of standard input, up to its end; what was read before, if reading fails.
    package static func toEnd() -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(STDIN_FILENO, &part, part.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return bytes }
            bytes += part[..<count]
        }
    }
}
