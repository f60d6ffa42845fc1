internal import CommandEngine
internal import Commands
internal import Glibc
internal import Ledger
internal import LedgerText
internal import Synchronization

/// Shows work in progress at the foot of a terminal. Each host and step has a line with a spinner,
/// its duration and its last output. Lines of finished work scroll above it.
final class LiveView: Sendable {
    private struct Work {
        let key: String
        let label: String
        let began: Timestamp
        var said = ""
    }
    private struct State {
        /// Active work, in the order in which it began.
        var active: [Work] = []
        var done: Set<HostName> = []
        var drawn = 0
        var turn = 0
    }
    private let state = Mutex(State())
    /// Writing to the terminal may block. It must not block those that only report progress.
    private let writing = Mutex(())
    private let console: Console
    private let hosts: Int
    private let now: @Sendable () -> Timestamp
    private let began: Timestamp
    private let isStopping: @Sendable () -> Bool

    private static let spinner = Array("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
    /// Milliseconds between two turns of the spinner.
    private static let beat = 120

    init(
        _ console: Console, hosts: Int, now: @escaping @Sendable () -> Timestamp,
        isStopping: @escaping @Sendable () -> Bool
    ) {
        self.isStopping = isStopping
        self.console = console
        self.hosts = hosts
        self.now = now
        began = now()
    }

    /// Turns the spinner until it is cancelled, and then erases the foot.
    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(Self.beat))
            state.withLock { $0.turn += 1 }
            draw(above: nil)
        }
        state.withLock { $0.active = [] }
        draw(above: nil)
    }

    /// Records progress; its line is printed above the foot. Progress without a line appears at the
    /// next beat.
    func tell(_ progress: RunProgress, line: String?) {
        state.withLock { note(progress, &$0) }
        if line != nil { draw(above: line) }
    }

    private func note(_ progress: RunProgress, _ state: inout State) {
        state.active.removeAll { $0.key == "batch" }
        func key(_ service: ServiceName, _ host: HostName) -> String { "\(host) \(service)" }
        func begin(_ key: String, _ label: String) {
            state.active.removeAll { $0.key == key }
            state.active.append(Work(key: key, label: label, began: now()))
        }
        func end(_ key: String) { state.active.removeAll { $0.key == key } }
        switch progress {
        case .stepStarted(let step, _): begin(key(step.service, step.host), step.name)
        case .printed(let step, let line):
            let key = key(step.service, step.host)
            if let at = state.active.firstIndex(where: { $0.key == key }) {
                state.active[at].said = line.exchanging("\t", for: " ")
            }
        case .stepFinished(let step, _, _, _), .foundDone(let step, _):
            end(key(step.service, step.host))
        case .waitingForHealth(let service, let host):
            begin(key(service, host), "waiting to be healthy")
        case .healthy(let service, let host): begin(key(service, host), "observing")
        case .observed(let service, let host, _, let asPlanned):
            end(key(service, host))
            if asPlanned == true { state.done.insert(host) }
        case .notObserved(let service, let host, _): end(key(service, host))
        case .waitingForLeftover(let step):
            begin(key(step.service, step.host), "checking \(step.name)")
        case .waitingForBatch(let seconds):
            begin("batch", "next hosts in \(Int(seconds.rounded())) s")
        case .puttingBack: state.done = []
        }
    }

    private func draw(above line: String?) {
        writing.withLock { _ in
            console.raw(state.withLock { foot(&$0, above: line) })
            console.flush()
        }
    }

    private func foot(_ state: inout State, above line: String?) -> String {
        var text = state.drawn > 0 ? "\u{1B}[\(state.drawn)A\u{1B}[J" : ""
        if let line { text += Console.harmless(line) + "\n" }
        let mark = Self.spinner[state.turn % Self.spinner.count]
        let size = Console.size(of: STDOUT_FILENO)
        var lines = state.active.prefix(max(1, size.rows - 3)).map { work in
            let seconds = Int(now().seconds(since: work.began))
            return "  \(mark) \(work.key): \(work.label)  \(seconds) s"
                + (work.said.isEmpty ? "" : "  \(work.said)")
        }
        if hosts > 1, !lines.isEmpty {
            lines.append(
                "    \(state.done.count) of \(hosts) hosts, \(Int(now().seconds(since: began))) s")
        }
        if !lines.isEmpty, isStopping() { lines.append("    stopping after the running step …") }
        for line in lines {
            text += TextWidth.fitting(Console.harmless(line), size.columns - 1) + "\n"
        }
        state.drawn = lines.count
        return text
    }
}
