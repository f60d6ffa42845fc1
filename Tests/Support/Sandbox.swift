public import Foundation
public import Ledger
public import LedgerSQLite
public import Projections
internal import Synchronization

/// A folder that is gone when the test is over.
public final class Sandbox: Sendable {
    public let folder: URL

    public init() throws {
        Self.chooseSeal()
        folder = FileManager.default.temporaryDirectory.appending(path: "ledger-test-\(UUID())")
            .resolvingSymlinksInPath()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// With `LEDGER_TEST_SEAL=triggers` the store's writers leave all checks to the triggers.
    private static func chooseSeal() {
        if ProcessInfo.processInfo.environment["LEDGER_TEST_SEAL"] == "triggers" {
            WriterSeal.leavesToTriggers.store(true, ordering: .relaxed)
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    public func path(_ name: String) -> String { folder.appending(path: name).path }

    /// Writes a file, with its folders.
    public func write(_ name: String, _ text: String, executable: Bool = false) throws {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        if executable {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
    }

    public func read(_ name: String) -> String {
        (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
    }

    /// A new ledger in this folder, opened for writing.
    public func ledger(
        _ name: String = "ledger.db", views: [any StoredView] = StoredViews.all
    ) throws -> SQLiteStore {
        try SQLiteStore.create(path: path(name))
        return try SQLiteStore(path: path(name), .writing, views: views)
    }
}
