internal import Glibc

/// Reads files that others may have put there: a pipe would block for ever, and a large file would
/// fill the memory.
package enum RegularFile {
    /// Why a file is not read.
    package enum Problem: Error, Hashable, CustomStringConvertible {
        case missing
        /// A folder, a pipe, a device, a socket.
        case notRegular
        /// It has more bytes than the limit.
        case tooLarge(Int)
        /// What the system says.
        case unreadable(String)

        package var description: String {
            switch self {
            case .missing: "it does not exist"
            case .notRegular: "it is not a regular file"
            case .tooLarge(let limit): "it is larger than \(limit >> 20) MiB"
            case .unreadable(let why): "it cannot be read (\(why))"
            }
        }
    }

    /// The bytes of a regular file of at most `limit` bytes. Links are followed.
    package static func bytes(of path: String, limit: Int) throws(Problem) -> [UInt8] {
        // Without waiting: opening a pipe would block until somebody writes to it.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            let code = errno
            throw code == ENOENT ? .missing : .unreadable(String(cString: strerror(code)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .notRegular
        }
        guard status.st_size <= limit else { throw .tooLarge(limit) }
        guard let bytes = Input.bytes(of: descriptor, limit: limit) else {
            throw .unreadable(String(cString: strerror(errno)))
        }
        // It may have grown since.
        guard bytes.count <= limit else { throw .tooLarge(limit) }
        return bytes
    }
}
