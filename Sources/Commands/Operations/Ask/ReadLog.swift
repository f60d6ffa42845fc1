public import Ledger
internal import CommandPorts
internal import Projections

/// Show entries, newest first
public struct ReadLog: Query {
    /// What narrows the list.
    public var selection: EntrySelection
    /// The oldest entries first.
    public var isOldestFirst = false
    /// Only what answers this question of an auditor.
    public var question: AuditQuestion?
    /// Only entries after this one, in the order of the answer: the `next` of an earlier answer.
    public var after: Int?
    /// Maximum number of entries, at most 1,000.
    public var limit: Int

    public init(_ selection: EntrySelection, limit: Int = Limits.page) {
        self.selection = selection
        self.limit = limit
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        selection =
            try members.decodeIfPresent(EntrySelection.self, forKey: .selection) ?? EntrySelection()
        isOldestFirst = try members.decodeIfPresent(Bool.self, forKey: .isOldestFirst) ?? false
        question = try members.decodeIfPresent(AuditQuestion.self, forKey: .question)
        after = try members.decodeIfPresent(Int.self, forKey: .after)
        limit = try members.decodeIfPresent(Int.self, forKey: .limit) ?? Limits.page
    }

    /// The parts of the log that are searched for one answer, so that it does not take long.
    private static let mostPages = 20

    /// A part of the log.
    public struct Answer: Codable, Hashable, Sendable {
        public let entries: [EntryAnswer]
        /// The `after` of the next part; absent at the end.
        public let next: Int?
    }

    public func answer(at desk: Desk) async throws -> Answer {
        var filter = try await selection.filter(at: desk)
        if let question {
            if !filter.kinds.isEmpty {
                throw Refusal(.invalid, "a question of an auditor has its own kinds of entries")
            }
            filter.kinds = question.kinds.map(\.rawValue)
        }
        let audit = Audit(desk)
        let limit = min(max(1, limit), Limits.page)
        var found: [Entry] = []
        var last = after
        for _ in 0..<Self.mostPages {
            let page = try await desk.store.page(
                filter, isOldestFirst ? .oldestFirst : .newestFirst, after: last,
                limit: question == nil ? limit : Limits.page)
            for entry in page {
                last = entry.sequence
                if let question, try await !audit.selects(entry, question) { continue }
                found.append(entry)
                if found.count == limit { return answer(found, next: last) }
            }
            if page.isEmpty {
                if found.isEmpty, after == nil {
                    try await selection.refuseUnknown(filter, at: desk)
                }
                return answer(found, next: nil)
            }
        }
        return answer(found, next: last)
    }

    private func answer(_ found: [Entry], next: Int?) -> Answer {
        Answer(entries: found.map(EntryAnswer.init), next: next)
    }
}
