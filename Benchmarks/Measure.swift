import Foundation

/// One figure, as the peers' bench reads it: a JSON object a line.
struct Figure {
    var name: String
    var value: Double
    var unit = "events/s"
    var median: Double?
    var p99: Double?
    var cpu: Double?
    var count = 0

    var json: String {
        var parts = ["\"case\":\"\(name)\"", "\"value\":\(value)", "\"unit\":\"\(unit)\""]
        if let median { parts.append("\"p50_us\":\(median)") }
        if let p99 { parts.append("\"p99_us\":\(p99)") }
        if let cpu { parts.append("\"cpu_us\":\(cpu)") }
        if count > 0 { parts.append("\"count\":\(count)") }
        return "{\(parts.joined(separator: ","))}"
    }
}

/// Seconds of wall clock and of this process's processors.
struct Clock {
    private let wall = Self.time(CLOCK_MONOTONIC)
    private let processor = Self.time(CLOCK_PROCESS_CPUTIME_ID)

    static func time(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    var seconds: Double { Self.time(CLOCK_MONOTONIC) - wall }
    var processorSeconds: Double { Self.time(CLOCK_PROCESS_CPUTIME_ID) - processor }

    /// A rate over `count` events since the clock was made.
    func rate(_ name: String, _ count: Int, _ latencies: [Double] = []) -> Figure {
        let sorted = latencies.sorted()
        func at(_ share: Double) -> Double? {
            sorted.isEmpty
                ? nil : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] * 1e6
        }
        return Figure(
            name: name, value: Double(count) / seconds, median: at(0.5), p99: at(0.99),
            cpu: processorSeconds / Double(count) * 1e6, count: count)
    }
}

/// A text file that is written piece by piece.
struct Lines {
    private let handle: FileHandle
    private var text = ""

    init(_ path: String) throws {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        handle = try FileHandle(forWritingTo: URL(filePath: path))
    }

    mutating func add(_ piece: String) throws {
        text += piece
        if text.utf8.count > 1 << 20 { try flush() }
    }

    private mutating func flush() throws {
        try handle.write(contentsOf: Data(text.utf8))
        text = ""
    }

    mutating func close() throws {
        try flush()
        try handle.close()
    }
}

/// A whole process, from start to end.
enum Whole {
    /// The median of 11 starts, in milliseconds.
    static func time(_ command: [String]) throws -> Double {
        var times: [Double] = []
        for _ in 0..<11 {
            times.append(try once(command) * 1e3)
        }
        return times.sorted()[5]
    }

    /// One start, in seconds; its answer is thrown away. Throws if it fails.
    @discardableResult
    static func once(_ command: [String]) throws -> Double {
        let clock = Clock()
        try run(command)
        return clock.seconds
    }

    /// What a program prints on standard output, without the space around it.
    static func answer(_ command: [String]) throws -> String {
        let process = Process()
        let answer = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardOutput = answer
        try process.run()
        let data = answer.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The most memory that one start held at any time, in MiB, as the kernel counts it for that
    /// process alone: what it starts itself (git holds a whole history to tell it in reverse) is
    /// not its own.
    static func peak(_ command: [String]) throws -> Double {
        let child = try spawn(command)
        var (status, peak) = (Int32(), 0)
        while waitpid(child, &status, WNOHANG) == 0 {
            let lines =
                (try? String(contentsOfFile: "/proc/\(child)/status", encoding: .utf8)) ?? ""
            let line = lines.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            let number = line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
            peak = max(peak, number)
            usleep(2_000)
        }
        guard status == 0 else { throw Raw.Failed(what: command.joined(separator: " ")) }
        return Double(peak) / 1024
    }

    private static func run(_ command: [String]) throws {
        let child = try spawn(command)
        var status = Int32()
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else { throw Raw.Failed(what: command.joined(separator: " ")) }
    }

    private static func spawn(_ command: [String]) throws -> pid_t {
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        for file in [STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&files, file, "/dev/null", O_WRONLY, 0)
        }
        let words = command.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var child = pid_t()
        guard posix_spawnp(&child, command[0], &files, nil, words, environ) == 0 else {
            throw Raw.Failed(what: command.joined(separator: " "))
        }
        return child
    }
}
