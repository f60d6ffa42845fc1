internal import Glibc
internal import Synchronization
internal import SystemPackage

/// The standard input of a process, as an unnamed file in memory (shm_open(3)). A process may end
/// without reading it, and no writer blocks. Nothing is written to disk.
enum InputFile {
    private static let count = Atomic<Int>(0)

    /// Opens the file for reading from its beginning. Throws `Errno`.
    static func open(_ bytes: [UInt8]) throws -> FileDescriptor {
        let number = count.add(1, ordering: .relaxed).newValue
        let name = "/ledger-\(getpid())-\(number)"
        let raw = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0o600)
        guard raw >= 0 else { throw Errno(rawValue: errno) }
        shm_unlink(name)
        let file = FileDescriptor(rawValue: raw)
        do {
            try file.writeAll(bytes)
            _ = try file.seek(offset: 0, from: .start)
            return file
        } catch {
            try? file.close()
            throw error
        }
    }
}
