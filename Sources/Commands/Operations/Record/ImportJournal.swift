internal import CommandEngine
internal import CommandImporters
internal import CommandPorts
internal import Commands
internal import Ledger
public import Projections

/// Import the results of a script of `ledger script`
public struct ImportJournal: Change {
    public static var right: Right { .record }

    /// The text of the journal.
    public var journal: String
    /// The name of its file, for messages.
    public var file: String?

    public init(_ journal: String, file: String? = nil) {
        self.journal = journal
        self.file = file
    }

    /// What was recorded, and what runs now.
    public struct Answer: Codable, Hashable, Sendable {
        /// The number of new entries.
        public let recorded: Int
        /// Whether the script finished; otherwise it can run again.
        public let hasEnded: Bool
        /// The releases that the script replaced, and that are fenced now.
        public let fenced: [Release]
        /// What the environment runs now.
        public let state: EnvironmentAnswer
    }

    public func answer(at desk: RecordingDesk) async throws -> Answer {
        let journal = try parsed()
        let (recorder, projector) = (desk.recorder, desk.desk.projector)
        let name = try await desk.desk.environment(journal.environment.rawValue)
        try await journal.refuseForeign { hash in
            try await recorder.store.bundle(hash).map { ($0.release, $0.environment) }
        }
        var filter = EntryFilter()
        filter.environments = [name]
        filter.kinds = Journal.later.map(\.rawValue)
        try journal.refuseLate(
            after: try await recorder.store.page(filter, .newestFirst, after: nil, limit: 1).first)
        let facts = journal.facts(try await projector.environment(name))
        let before = try await recorder.store.head().sequence
        let new = try await recorder.recordCounting(facts).new
        let view = try await projector.environment(name)
        return Answer(
            recorded: new, hasEnded: journal.hasEnded,
            fenced: view.marks.filter { $0.kind == .fence && $0.entry > before }.compactMap(
                \.release),
            state: EnvironmentAnswer(view))
    }

    private func parsed() throws -> Journal {
        do { return try Journal(journal) } catch let problem as Journal.Problem {
            throw Refusal(
                .invalid, "\(file ?? "the journal") cannot be read, line \(problem.line)",
                cause: problem.why,
                hint: "nothing was recorded; a journal must begin with {\"journal\":1, …")
        }
    }
}
