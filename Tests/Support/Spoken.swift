public import Foundation

/// Runs a program and gives what it said.
public struct Spoken: Sendable {
    public let output: String
    public let error: String
    public let code: Int32

    /// Runs a program on a thread of its own: the threads of tasks are as few as the processors,
    /// and other tests need them meanwhile.
    public static func run(
        _ command: [String], in folder: URL? = nil, variables: [String: String]? = nil,
        input: String? = nil
    ) async throws -> Spoken {
        await turns.take()
        let spoken = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    returning: Result {
                        try blocking(command, in: folder, variables: variables, input: input)
                    })
            }
        }
        await turns.giveBack()
        return try spoken.get()
    }

    /// Hundreds of tests begin at once: programs get their turns, or each of them would be slow.
    private static let turns = Turns(2 * ProcessInfo.processInfo.activeProcessorCount)

    /// Runs a program where nothing can wait, such as in the initial value of a constant.
    public static func blocking(
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

/// A number of turns, given in the order in which they are asked for.
private actor Turns {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func giveBack() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
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
