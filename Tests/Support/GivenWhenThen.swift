public import Commands
public import Ledger
public import LedgerProof
public import Projections
internal import Synchronization

/// Given facts, when a wish, then events or a refusal: the rule, without a store or a process.
public struct Given: Sendable {
    public var view: EnvironmentView
    public var run: RunView?
    public var plan: Plan?
    public var halfWay: RunView?
    public var author: Author
    public var now: Timestamp

    public init(_ facts: [Fact] = [], by author: String = "alice") async throws {
        let recorder = memoryRecorder()
        try await recorder.tell(facts)
        view = try await recorder.projector.environment(Sample.production)
        self.author = Author(name: author)
        now = Fixed.start
    }

    /// What is decided: kinds of events.
    public func when(_ command: Command) throws(Refusal) -> [Event] {
        let situation = Situation(
            now: now, author: author, environment: view, run: run, plan: plan,
            halfWay: halfWay)
        return try decide(command, in: situation)
    }

    /// Why it is refused; `nil` if it is not.
    public func refusal(of command: Command) -> Refusal? {
        do {
            _ = try when(command)
            return nil
        } catch { return error }
    }
}

extension Sample {
    /// A bundle of one step for a release.
    public static func bundle(
        _ release: Release, steps: [Playbook.Template]? = nil, observed: Bool = true
    ) -> Commands.Bundle {
        let steps = steps ?? [Playbook.Template(name: "switch", run: ["true"])]
        return Commands.Bundle(
            release: release, environment: production, deploy: steps, revert: steps,
            observe: observed ? Probe(run: ["observe"], seconds: 1) : nil, health: nil, files: [],
            variables: [:], secrets: [:], volumes: [], hosts: [host])
    }

    /// The parts of a move to a release.
    public static func parts(
        _ release: Release, present: Release? = nil, steps: [Playbook.Template]? = nil
    ) throws -> MoveParts {
        let bundle = bundle(release, steps: steps)
        let before = present.map { Sample.bundle($0, steps: steps) }
        return MoveParts(
            bundle: bundle, bundleHash: try bundle.content().hash, present: before,
            presentHash: try before?.content().hash)
    }

    /// A plan to a release, made in a view.
    public static func plan(
        to release: Release, in view: EnvironmentView, kind: Plan.Kind = .deploy,
        place: Playbook.Place = Playbook.Place(), onFailure: Plan.OnFailure = .stop,
        present: Release? = nil, steps: [Playbook.Template]? = nil, by author: String = "alice"
    ) throws -> Plan {
        try Plan.make(
            PlanWish(kind: kind, onFailure: onFailure), in: view, place: place,
            parts: [parts(release, present: present, steps: steps)], hashes: [:],
            by: Author(name: author), now: Fixed.start)
    }

    /// The run of a plan, with the yes of some until a moment.
    public static func run(
        _ plan: Plan, state: RunView.State = .planned, by: String = "alice",
        approvals: [(String, Timestamp?)] = []
    ) throws -> RunView {
        let hash = try plan.content().hash
        let given: [JSONValue] = approvals.map { name, expires in
            var members: [String: JSONValue] = [
                "by": .string(name), "plan": .string(hash.rawValue), "way": "apart", "entry": 1,
            ]
            members["expires"] = expires.map { .string($0.description) }
            return .object(members)
        }
        let detail: JSONValue = .object([
            "kind": .string(plan.kind.rawValue), "plan": .string(hash.rawValue), "steps": 1,
            "approvals": .array(given),
        ])
        let row = ViewRow(
            key: EntryID(high: 1, low: 2).description,
            subject: Subject(environment: plan.environment, service: web),
            state: state.rawValue, number: 10, time: Fixed.start, by: by,
            detail: Canonical.text(detail), since: 10)
        guard let run = RunView(row) else { throw StoreProblem(.input, "no run") }
        return run
    }
}

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

/// A store that dies at a chosen append, before or after it is made: a process that is killed.
public final class DyingStore: EventStore {
    public struct Killed: Error {}
    public let inner: any EventStore
    private let left: Mutex<Int>
    private let after: Bool

    /// Dies at the `place`-th append (from 1), `after` it was made or before.
    public init(_ inner: any EventStore, at place: Int, after: Bool) {
        self.inner = inner
        self.after = after
        left = Mutex(place)
    }

    public func append(_ appends: [Append]) async throws -> [Entry] {
        let dies = left.withLock { left in
            left -= 1
            return left <= 0
        }
        if dies, !after { throw Killed() }
        let entries = try await inner.append(appends)
        if dies { throw Killed() }
        return entries
    }

    public func head() async throws -> LedgerHead { try await inner.head() }
    public func position(of stream: StreamName) async throws -> Int {
        try await inner.position(of: stream)
    }
    public func page(
        _ filter: EntryFilter, _ order: ReadOrder, after: Int?, limit: Int
    ) async throws -> [Entry] {
        try await inner.page(filter, order, after: after, limit: limit)
    }
    public func entry(_ id: EntryID) async throws -> Entry? { try await inner.entry(id) }
    public func entry(from source: Source) async throws -> Entry? {
        try await inner.entry(from: source)
    }
    public func entries(idStarting digits: String, limit: Int) async throws -> [Entry] {
        try await inner.entries(idStarting: digits, limit: limit)
    }
    public func sequence(recordedBy moment: Timestamp) async throws -> Int {
        try await inner.sequence(recordedBy: moment)
    }
    public func entries(of scope: SealedScope) async throws -> [Entry] {
        try await inner.entries(of: scope)
    }
    public func copied() async throws -> Int { try await inner.copied() }
    public func content(_ hash: ContentHash) async throws -> [UInt8]? {
        try await inner.content(hash)
    }
    public func contentHashes(after: ContentHash?, limit: Int) async throws -> [ContentHash] {
        try await inner.contentHashes(after: after, limit: limit)
    }
    public func checkpoint(covering size: Int?) async throws -> SignedNote? {
        try await inner.checkpoint(covering: size)
    }
    public func withNodes<T: Sendable>(
        _ body: @Sendable (TreeProof.Nodes) throws -> T
    ) async throws -> T { try await inner.withNodes(body) }
    public func rows(_ view: String, _ keys: RowKeys, at: Int?) async throws -> [ViewRow] {
        try await inner.rows(view, keys, at: at)
    }
    public func history(
        _ view: String, key: String, upto: Int?, limit: Int
    ) async throws -> [ViewRow] {
        try await inner.history(view, key: key, upto: upto, limit: limit)
    }
}

/// Where nothing is signed: everything that is looked at is a forgery.
public struct NoSignatures: SignatureChecker {
    public init() {}

    public func check(
        _ signature: String, over text: String, signers: String
    ) async throws -> SignatureFinding { .forged("nothing is signed here") }
}
