public import Ledger
internal import LedgerText

/// The facts about a release that policies check: its commit's branches, checks, reviews and
/// deployments.
public struct Eligibility: Hashable, Sendable {
    /// An outcome, and its entry.
    public struct Word: Hashable, Sendable {
        public let outcome: Outcome
        public let entry: Int
    }
    /// A continuous period in which the release ran in an environment.
    public struct Stay: Hashable, Sendable {
        public let environment: EnvironmentName
        public let entry: Int
        public let from: Timestamp
        /// When another release replaced it; `nil` if it still runs.
        public let until: Timestamp?
        /// Whether it was observed running, and not only reported.
        public let seen: Bool

        public init(
            environment: EnvironmentName, entry: Int, from: Timestamp, until: Timestamp?,
            seen: Bool
        ) {
            self.environment = environment
            self.entry = entry
            self.from = from
            self.until = until
            self.seen = seen
        }
    }
    public let release: Release
    public private(set) var tags: Set<ReleaseTag> = []
    /// The branches that had the commit as their head.
    public private(set) var branches: Set<String> = []
    /// The last result of each check of this name; two workflows may each have one.
    private var words: [String: [CheckIdentity: CheckWord]] = [:]
    private var verdicts: [Verdict] = []
    /// The changes that contain the commit.
    public private(set) var changes: [Change] = []
    /// The people who approved one of the changes, without the changes' authors.
    public private(set) var approvers: Set<String> = []
    public var stays: [Stay] = []

    /// A pull or merge request by its name.
    public struct Change: Hashable, Sendable {
        public let repository: RepositoryName
        public let number: Int

        /// The change that an entry concerns; `nil` if it names none.
        init?(_ entry: Entry) {
            guard let number = entry.payload["number"]?.integer,
                let name = entry.payload["repository"]?.string
            else { return nil }
            repository = RepositoryName(unchecked: name)
            self.number = number
        }
    }

    /// The identity of a check: its reporter and workflow.
    private struct CheckIdentity: Hashable {
        let sender: String
        let workflow: String
    }

    /// The outcome of a check, and the attempt of the job that reported it; `nil` if no job did.
    private struct CheckWord: Hashable {
        let word: Word
        let attempt: String?

        init(_ word: Word, _ entry: Entry) {
            self.word = word
            let id = entry.draft.source?.id ?? ""
            let cut = id.place(of: " \(EventKind.checkFinished.rawValue) ")
            attempt = cut.map { String(id[..<$0.lowerBound]) }
        }

        /// Whether it remains valid beside a later result. Jobs of a matrix share one name; within
        /// one attempt a failed job counts.
        func stands(beside later: CheckWord) -> Bool {
            attempt != nil && attempt == later.attempt && word.outcome.isBad
                && !later.word.outcome.isBad
        }
    }

    /// One verdict of `ledger check`, and the files that it read; `nil` if they are unknown.
    private struct Verdict: Hashable {
        let word: Word
        let service: ServiceName?
        let files: Set<String>?
    }

    public init(_ release: Release) {
        self.release = release
        if let tag = release.tag { tags.insert(tag) }
    }

    /// Adds an entry about the release's commit, in order of event time.
    public mutating func add(_ entry: Entry) {
        guard let kind = EventKind(rawValue: entry.kind) else { return }
        switch kind {
        case .repoPushed:
            if let branch = entry.payload["branch"]?.string { branches.insert(branch) }
        case .refCreated: if let tag = entry.subject.tag { tags.insert(tag) }
        case .refDeleted:
            if let tag = entry.subject.tag, tag != release.tag { tags.remove(tag) }
        case .checkFinished:
            guard let name = entry.payload["name"]?.string, let word = Self.word(entry) else {
                return
            }
            let identity = CheckIdentity(
                sender: entry.draft.source?.name ?? "",
                workflow: entry.payload["workflow"]?.string ?? "")
            let new = CheckWord(word, entry)
            if words[name]?[identity]?.stands(beside: new) == true { return }
            words[name, default: [:]][identity] = new
        case .guardChecked:
            if let word = Self.word(entry) { add(word, entry) }
        case .changeMerged:
            if let change = Change(entry), !changes.contains(change) { changes.append(change) }
        default: return
        }
    }

    /// A verdict replaces only those verdicts whose files it has read again (at one commit a file
    /// has one content).
    private mutating func add(_ word: Word, _ entry: Entry) {
        let files = entry.payload["files"]?.array.map {
            Set($0.map { "\($0["path"]?.string ?? "") \($0["hash"]?.string ?? "")" })
        }
        // A verdict about another service does not apply.
        if let service = entry.subject.service, service != release.service { return }
        // A check that read no file checked nothing.
        if let files, files.isEmpty, word.outcome == .succeeded { return }
        let new = Verdict(word: word, service: entry.subject.service, files: files)
        verdicts.removeAll { old in
            old.service == new.service
                && (old.files.map { $0.isSubset(of: new.files ?? []) } ?? (new.files == nil))
        }
        verdicts.append(new)
    }

    /// The verdict of `ledger check`: the last valid one with findings, otherwise the last one.
    public var verdict: Word? {
        (verdicts.last { $0.word.outcome != .succeeded } ?? verdicts.last)?.word
    }

    /// The result of each check over all workflows with a check of its name. A failed check counts
    /// until it succeeds itself. A skipped check does not count beside another result.
    public var checks: [String: Word] {
        words.compactMapValues { words in
            func last(_ outcomes: (Outcome) -> Bool) -> Word? {
                words.values.map(\.word).filter { outcomes($0.outcome) }.max { $0.entry < $1.entry }
            }
            return last(\.isBad) ?? last { $0 == .succeeded }
                ?? last { _ in true }
        }
    }

    /// Adds the entries about one of its changes, in order. Of each person the last review counts;
    /// a comment is not a review. The author of a change cannot review it.
    public mutating func add(_ entries: [Entry], of change: Change) {
        var authors: Set<String> = []
        var approvals: [String: String?] = [:]
        for entry in entries where entry.payload["number"]?.integer == change.number {
            let payload = entry.payload
            if let author = payload["author"]?.string { authors.insert(author) }
            guard entry.kind == EventKind.reviewSubmitted.rawValue else { continue }
            let person = payload["reviewer"]?.string ?? entry.by.name
            let review = payload["review"]?.string
            switch payload["verdict"]?.string.flatMap(Review.Verdict.init(rawValue:)) {
            case .approved: approvals[person] = .some(review)
            case .changesRequested: approvals[person] = nil
            case .dismissed:
                // The dismissal of a change request does not remove a later approval.
                guard let given = approvals[person] else { continue }
                if given == nil || review == nil || given == review { approvals[person] = nil }
            case .commented, nil: continue
            }
        }
        approvers.formUnion(
            approvals.keys.filter { person in
                !authors.contains { $0.lowercased() == person.lowercased() }
            })
    }

    private static func word(_ entry: Entry) -> Word? {
        guard let outcome = entry.payload["outcome"]?.string.flatMap(Outcome.init(rawValue:)) else {
            return nil
        }
        return Word(outcome: outcome, entry: entry.sequence)
    }
}

extension Outcome {
    /// Neither succeeded nor skipped.
    fileprivate var isBad: Bool { self != .succeeded && self != .skipped }
}
