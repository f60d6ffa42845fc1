public import Foundation
public import Ledger
public import LedgerSQLite
public import Projections

/// A folder that is gone when the test is over.
public final class Sandbox: Sendable {
    public let folder: URL

    public init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "ledger-test-\(UUID())")
            .resolvingSymlinksInPath()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
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

/// Runs a program and gives what it said.
public struct Spoken: Sendable {
    public let output: String
    public let error: String
    public let code: Int32

    public static func run(
        _ command: [String], in folder: URL? = nil, variables: [String: String]? = nil,
        input: String? = nil
    ) throws -> Spoken {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        if let folder { process.currentDirectoryURL = folder }
        if let variables { process.environment = variables }
        let (out, err) = (Pipe(), Pipe())
        process.standardOutput = out
        process.standardError = err
        if let input {
            // A file, not a pipe: a program that ends before it has read all of a pipe would end
            // this one too (SIGPIPE).
            let file = FileManager.default.temporaryDirectory.appending(
                path: "ledger-input-\(UUID().uuidString)")
            try Data(input.utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            process.standardInput = try FileHandle(forReadingFrom: file)
            try process.run()
        } else {
            process.standardInput = FileHandle.nullDevice
            try process.run()
        }
        let error = ErrorReader(err.fileHandleForReading)
        let output = out.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let code =
            process.terminationReason == .uncaughtSignal
            ? 128 + process.terminationStatus : process.terminationStatus
        return Spoken(
            output: String(decoding: output, as: UTF8.self), error: error.text(), code: code)
    }
}

/// Reads one pipe while another is read.
private final class ErrorReader: @unchecked Sendable {
    private var data = Data()
    private let done = DispatchSemaphore(value: 0)

    init(_ handle: FileHandle) {
        Thread.detachNewThread { [self] in
            data = handle.readDataToEndOfFile()
            done.signal()
        }
    }

    func text() -> String {
        done.wait()
        return String(decoding: data, as: UTF8.self)
    }
}
