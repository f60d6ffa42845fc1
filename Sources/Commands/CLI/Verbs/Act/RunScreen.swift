internal import CommandEngine
internal import Commands
internal import Glibc
internal import Ledger
internal import LedgerOperations

/// What a person sees of a run under way, and how they stop it.
struct RunScreen {
    private let console: Console
    private let renderer: Renderer
    private let plan: Plan
    private let isQuiet: Bool
    private let live: LiveView?

    init(_ wiring: Wiring, _ plan: Plan, now: @escaping @Sendable () -> Timestamp) {
        console = wiring.console
        renderer = wiring.renderer
        self.plan = plan
        isQuiet = wiring.options.output != .table
        live =
            console.isLive && !isQuiet
            ? LiveView(
                console, hosts: plan.hosts.count, now: now,
                isStopping: { StopSignals.haveCome }) : nil
    }

    /// Calls `body` with a listener that shows each event. Later output replaces the live view.
    func following<T>(_ body: (RunListener) async throws -> T) async throws -> T {
        StopSignals.listen(saying: live == nil ? .note : .nothing)
        console.mayStop = false
        if !isQuiet { console.line("") }
        let foot = live.map { live in Task { await live.run() } }
        let result: Result<T, any Error>
        do { result = .success(try await body(listener)) } catch { result = .failure(error) }
        foot?.cancel()
        await foot?.value
        return try result.get()
    }

    private var listener: RunListener {
        var listener = RunListener()
        listener.stopped = { StopSignals.haveCome }
        let (isQuiet, live, console, renderer) = (isQuiet, live, console, renderer)
        let steps = plan.steps.count
        let all = steps + plan.back.count
        listener.report = { progress in
            if isQuiet { return }
            let line = PlanText.line(progress, steps: steps, all: all).map {
                renderer.lines($0).joined(separator: "\n")
            }
            if let live { return live.tell(progress, line: line) }
            guard let line else { return }
            console.line(line)
            console.flush()
        }
        return listener
    }
}
