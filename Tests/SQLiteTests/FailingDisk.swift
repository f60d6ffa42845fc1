import Foundation
import CSQLite
import Synchronization

/// A disk on which a file's log cannot be synced, for as long as it is wanted: SQLite's own way to
/// the files (sqlite.org/vfs.html) with another sync.
enum FailingDisk {
    /// The logs that do not sync now.
    static let failing = Mutex<Set<String>>([])
    /// The names of open files, by their handles.
    static let names = Mutex<[UInt: String]>([:])

    /// The methods of ordinary files, and the same with our sync.
    nonisolated(unsafe) static var usual = sqlite3_io_methods()
    nonisolated(unsafe) static var ours = sqlite3_io_methods()
    nonisolated(unsafe) static var open:
        (
            @convention(c) (
                UnsafeMutablePointer<sqlite3_vfs>?, sqlite3_filename?,
                UnsafeMutablePointer<sqlite3_file>?,
                Int32, UnsafeMutablePointer<Int32>?
            ) -> Int32
        )?

    /// Puts itself in the way, once: all other files are as they were.
    static let isInPlace: Bool = {
        guard let vfs = sqlite3_vfs_find(nil) else { return false }
        open = vfs.pointee.xOpen
        vfs.pointee.xOpen = { vfs, name, file, flags, out in
            let code = FailingDisk.open?(vfs, name, file, flags, out) ?? SQLITE_CANTOPEN
            guard code == SQLITE_OK, let file, let name, let methods = file.pointee.pMethods,
                String(cString: name).hasSuffix("failing.db-wal")
            else { return code }
            FailingDisk.usual = methods.pointee
            FailingDisk.ours = methods.pointee
            FailingDisk.ours.xSync = { file, flags in
                let name = FailingDisk.names.withLock { $0[UInt(bitPattern: file)] } ?? ""
                if FailingDisk.failing.withLock({ $0.contains(name) }) {
                    return SQLITE_IOERR | (4 << 8)
                }
                return FailingDisk.usual.xSync?(file, flags) ?? SQLITE_OK
            }
            FailingDisk.names.withLock { $0[UInt(bitPattern: file)] = String(cString: name) }
            withUnsafePointer(to: &FailingDisk.ours) { file.pointee.pMethods = $0 }
            return code
        }
        return true
    }()

    /// Runs `body` while the log of the database at `path` cannot be synced.
    static func failing<T>(_ path: String, _ body: () async throws -> T) async rethrows -> T {
        failing.withLock { _ = $0.insert(path + "-wal") }
        defer { failing.withLock { _ = $0.remove(path + "-wal") } }
        return try await body()
    }
}
