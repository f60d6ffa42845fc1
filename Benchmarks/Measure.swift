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

/// Resident memory of this process in MiB, now.
func residentMemory() -> Double {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
    return kilobytes / 1024
}
