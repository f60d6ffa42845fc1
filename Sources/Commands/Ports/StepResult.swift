internal import LedgerText

/// The output and the ending of a process, as a runner observed it.
public struct StepResult: Hashable, Sendable {
    /// How the process ended.
    public enum Ending: Hashable, Sendable {
        case exited(Int)
        case killed(signal: Int)
        /// It exceeded its time limit, and was stopped.
        case timedOut
        /// It could not be started.
        case notStarted(String)
        /// Its host no longer responds: its result will never be known.
        case lost(String)
        /// Another run holds the lease now: the host refused it.
        case overtaken(String)
    }
    public var ending: Ending
    public var output: String
    /// Bytes of output that were omitted.
    public var cut: Int
    public var milliseconds: Int
    /// A process that it left behind still holds its output.
    public var leftBehind: Bool

    public init(
        _ ending: Ending, output: String = "", cut: Int = 0, milliseconds: Int = 0,
        leftBehind: Bool = false
    ) {
        self.ending = ending
        self.output = output
        self.cut = cut
        self.milliseconds = milliseconds
        self.leftBehind = leftBehind
    }

    public var succeeded: Bool { ending == .exited(0) }

    /// How it ended, in words; `limit` is its time limit in seconds.
    public func words(limit: Int) -> String {
        let last = output.parts(separator: "\n").last.map { ": \($0.prefix(200))" } ?? ""
        let left = leftBehind ? "; it left a process behind that holds its output" : ""
        switch ending {
        case .exited(0): return "succeeded" + left
        case .exited(let code): return "exited with \(code)\(last)" + left
        case .killed(let signal): return "was killed by signal \(signal)\(last)"
        case .timedOut: return "ran longer than \(limit) s and was stopped\(last)" + left
        case .notStarted(let why): return "could not be started: \(why)"
        case .lost(let why): return "has an unknown result: \(why)"
        case .overtaken(let token): return "was refused: the host has seen the newer lease \(token)"
        }
    }
}

/// The state of a step that was started earlier, as far as its machine knows it.
public enum EarlierStart: Hashable, Sendable {
    case ended(StepResult)
    /// It still runs.
    case running
    /// It never began.
    case never
    /// It ended, and its result is unknown.
    case unknown
    /// Its host does not respond.
    case unreachable(String)
}
