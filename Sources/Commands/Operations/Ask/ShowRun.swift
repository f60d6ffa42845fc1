internal import CommandPorts
internal import Commands
public import Ledger
public import Projections

/// Show a run: its targets, approvals and steps, with the output of each step
public struct ShowRun: Query {
    /// The run's number.
    public var run: Int

    public init(_ run: Int) { self.run = run }

    /// The run and what it did.
    public struct Answer: Codable, Hashable, Sendable {
        public let run: RunAnswer
        public let moves: [Move]
        public let approvals: [Approval]
        /// The command with which another person approves; absent unless the run waits for it.
        public let approveCommand: String?
        /// The bypass of the approvals; absent without one.
        public let bypass: Bypass?
        /// By their numbers; steps that roll back have the highest.
        public let steps: [Step]
        /// The number of planned steps, and how many of them succeeded; without steps that roll
        /// back.
        public let planned: Int
        public let succeeded: Int
    }
    /// The change of one service.
    public struct Move: Codable, Hashable, Sendable {
        public let service: ServiceName
        public let from: Release?
        public let to: Release
        public let hosts: [HostName]
    }
    /// A person's approval.
    public struct Approval: Codable, Hashable, Sendable {
        public let by: String
        /// `signed`, `declared` or another way in which the author is known.
        public let known: String
        public let entry: Int
    }
    /// A bypass of the approvals.
    public struct Bypass: Codable, Hashable, Sendable {
        public let by: String
        public let reason: String
        public let entry: Int
        /// The entry of its review; absent while nobody has reviewed it.
        public let reviewed: Int?
    }
    /// A step that started.
    public struct Step: Codable, Hashable, Sendable {
        public let step: Int
        public let name: String
        public let host: HostName
        public let service: ServiceName
        /// `started` while it has not ended; then its outcome.
        public let state: String
        /// When it ended, or began while it has not ended.
        public let time: ExactTime
        public let milliseconds: Int?
        public let exitCode: Int?
        /// The reason for the outcome, where the exit code alone does not explain it.
        public let reason: String?
        /// What it printed, without secrets; absent if it printed nothing.
        public let output: String?
        /// Number of bytes of output that were omitted.
        public let cut: Int?
        /// The entry of the last fact about it.
        public let entry: Int
    }

    public func answer(at desk: Desk) async throws -> Answer {
        let view = try await desk.run(run)
        var plan: Plan?
        if let hash = view.plan, let bytes = try await desk.store.content(hash) {
            plan = try Plan(content: bytes)
        }
        return Answer(
            run: RunAnswer(view),
            moves: (plan?.moves ?? []).map {
                Move(service: $0.service, from: $0.from, to: $0.to, hosts: $0.hosts)
            },
            approvals: view.approvals.map {
                Approval(by: $0.by, known: $0.known, entry: $0.entry)
            },
            approveCommand: view.state == .planned ? plan?.approveCommand(run) : nil,
            bypass: view.bypass.map {
                Bypass(by: $0.by, reason: $0.reason, entry: $0.entry, reviewed: view.reviewed)
            },
            steps: try await steps(of: view.id, desk.store), planned: view.planned,
            succeeded: view.succeeded)
    }

    /// The last attempt of each step, by its number.
    private func steps(of run: EntryID, _ store: any EventReader) async throws -> [Step] {
        var filter = EntryFilter()
        filter.correlations = [run]
        filter.kinds = [EventKind.stepStarted.rawValue, EventKind.stepFinished.rawValue]
        var steps: [Int: Step] = [:]
        try await store.each(filter) { entry in
            guard let step = Step(entry) else { return }
            steps[step.step] = step
        }
        return steps.keys.sorted().compactMap { steps[$0] }
    }
}

extension ShowRun.Step {
    /// The step of an entry `step.started` or `step.finished`; `nil` for any other.
    fileprivate init?(_ entry: Entry) {
        let payload = entry.payload
        guard let number = payload["step"]?.integer, let service = entry.subject.service,
            let host = payload["host"]?.string.flatMap(HostName.init(rawValue:))
        else { return nil }
        step = number
        name = payload["name"]?.string ?? ""
        self.host = host
        self.service = service
        let isDone = entry.kind == EventKind.stepFinished.rawValue
        state = isDone ? payload["outcome"]?.string ?? "" : "started"
        time = ExactTime(entry.time)
        milliseconds = payload["milliseconds"]?.integer
        exitCode = payload["exitCode"]?.integer
        reason = payload["reason"]?.string
        output = payload["output"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        cut = payload["cut"]?.integer
        self.entry = entry.sequence
    }
}
