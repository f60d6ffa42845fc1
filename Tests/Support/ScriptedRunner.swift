public import CommandPorts
public import Ledger
internal import LedgerProof
public import Projections
internal import Synchronization

/// A runner that does what a script says: what each command does, what runs afterwards, when to
/// crash.
public final class ScriptedRunner: Runner {
    private struct State {
        var running: Release?
        var calls: [Invocation] = []
        var failing: Set<String> = []
        var done: Set<String> = []
    }
    private let state = Mutex(State())

    public init(running: Release? = nil) { state.withLock { $0.running = running } }

    /// What was run, in order; probes and checks too.
    public var calls: [[String]] { state.withLock { $0.calls.map(\.command) } }
    /// The same, with folders, variables and limits.
    public var invocations: [Invocation] { state.withLock { $0.calls } }
    /// The steps that acted, in order, with their number.
    public var acted: [String] {
        calls.filter { !["observe", "check"].contains($0[0]) }.map { $0.joined(separator: " ") }
    }
    public var running: Release? { state.withLock { $0.running } }

    /// From here on the command `name` exits with 1.
    public func fail(_ name: String) { state.withLock { _ = $0.failing.insert(name) } }
    /// What is seen running from here on.
    public func show(_ release: Release?) { state.withLock { $0.running = release } }

    public func run(
        _ invocation: Invocation, hearing: (@Sendable (String) -> Void)?
    ) async -> StepResult {
        state.withLock { state in
            state.calls.append(invocation)
            let name = invocation.command[0]
            if name == "observe" {
                guard let running = state.running else { return StepResult(.exited(1)) }
                return StepResult(.exited(0), output: running.digest?.rawValue ?? "")
            }
            if name == "check" {
                if state.failing.contains(name) { return StepResult(.timedOut) }
                return StepResult(.exited(state.done.contains(invocation.command[1]) ? 0 : 1))
            }
            if state.failing.contains(name) { return StepResult(.exited(1), output: "no\n") }
            state.done.insert(invocation.command.last ?? "")
            if let digest = invocation.variables["LEDGER_DIGEST"],
                name == "switch" || name == "true"
            {
                state.running = Release(
                    service: Sample.web, digest: ImageDigest(unchecked: digest))
            }
            return StepResult(.exited(0), output: "ok\n", milliseconds: 1)
        }
    }

    public func look(
        for job: Job, on server: Server?, within seconds: Int
    ) async -> EarlierStart { .unknown }

    public func unpack(
        _ files: [BundleFile: [UInt8]], of bundle: ContentHash, on server: Server?
    ) async throws -> String { "/bundles/\(bundle)" }
}
