public import CommandEngine
public import CommandPorts
public import Commands
public import CommandSecrets
internal import Ledger
public import Projections

/// An operation that plans a change of an environment, or carries it out.
public protocol Action: Operation {
    /// Plans or runs, and records each step. Throws `Refusal`, `FieldProblem`, `ReferenceProblem`,
    /// `SourceProblem` or `StoreProblem`.
    func answer(at desk: ActingDesk) async throws -> Answer
}

/// The parts that reach hosts, registries and the files of this machine. The program that carries
/// out operations makes them.
public protocol ActingParts: Sendable {
    /// Throws if there is no playbook.
    func planner(_ recorder: Recorder) throws -> Planner
    func preflight(_ secretFilter: SecretFilter) throws -> Preflight
    func registries() throws -> RegistryCheck
    /// The conductor of a plan's run; without a plan it only observes.
    func conductor(
        _ recorder: Recorder, for plan: Plan?, _ listener: RunListener
    ) async throws -> Conductor
    /// Why a program cannot be started on this machine; `nil` if it can.
    func missing(_ program: String) -> String?
    /// Where programs are looked for, for messages: the value of PATH.
    var searchPath: String { get }
    /// Throws `Refusal` if the script of a plan could not be kept later.
    func refuseUnkeptScript(of plan: Plan) throws
    /// Keeps a rollback script beside the ledger.
    func keep(_ script: Script) throws
    /// Asks registries over HTTP.
    var transport: any RegistryTransport { get }
}

/// Follows a run while it is carried out.
public struct RunListener: Sendable {
    /// Whether a person has requested a stop.
    public var stopped: @Sendable () -> Bool = { false }
    /// Receives each event of the run.
    public var report: @Sendable (RunProgress) -> Void = { _ in }
    /// Receives the reason, once, if the operation waits for another run to end.
    public var waits: @Sendable (Refusal) -> Void = { _ in }

    public init() {}
}

/// The context of operations that plan and run.
public struct ActingDesk: Sendable {
    public let recording: RecordingDesk
    public let parts: any ActingParts
    public var listener = RunListener()

    public init(_ recording: RecordingDesk, _ parts: any ActingParts) {
        self.recording = recording
        self.parts = parts
    }

    public var desk: Desk { recording.desk }
    public var recorder: Recorder { recording.recorder }
    public var projector: Projector { desk.projector }

    func planner() throws -> Planner { try parts.planner(recorder) }

    /// Observes what services run, outside of any run.
    func inspection() async throws -> Inspection {
        Inspection(
            conductor: try await parts.conductor(recorder, for: nil, RunListener()),
            planner: try planner())
    }

    /// The environment of the playbook that a request names, or the only one.
    func planned(_ environment: String?) throws -> EnvironmentName {
        try desk.playbook.get().environment(named: environment)
    }

    /// Waits until no other run is under way, at most for a duration such as `10min`; does not wait
    /// without one. Throws `Refusal` if the environment is not free in time.
    func wait(_ duration: String?, in name: EnvironmentName) async throws {
        guard let duration else { return }
        guard let seconds = TimeSpan.seconds(duration), seconds > 0 else {
            throw Refusal(
                .invalid, "\"\(duration)\" is not a duration", hint: "write 90s, 10min or 2h")
        }
        try await LockWait(recorder).wait(in: name, atMost: seconds, report: listener.waits)
    }
}
