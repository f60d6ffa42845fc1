public import Ledger

/// What the ledger knows of a release that policies ask for: where its commit stands, and how it
/// fared.
public struct Standing: Hashable, Sendable {
    /// How something ended, and the entry that says so.
    public struct Word: Hashable, Sendable {
        public let outcome: Outcome
        public let entry: Int
        let time: Timestamp
    }
    /// A stretch of time for which the release ran somewhere.
    public struct Stay: Hashable, Sendable {
        public let environment: EnvironmentName
        public let entry: Int
        public let from: Timestamp
        /// Until something else ran; `nil` if it still runs.
        public let until: Timestamp?
        /// Whether it was seen running, and not only said to.
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
    /// The branches whose head the commit has been.
    public private(set) var branches: Set<String> = []
    /// The last word of each check.
    public private(set) var checks: [String: Word] = [:]
    /// The last verdict of `ledger check`.
    public private(set) var verdict: Word?
    /// The changes that brought the commit: repository and number.
    public private(set) var changes: [Change] = []
    /// Who approved one of them, their author not counted.
    public private(set) var approvers: Set<String> = []
    public var stays: [Stay] = []

    /// A pull or merge request by its name.
    public struct Change: Hashable, Sendable {
        public let repository: RepositoryName
        public let number: Int
        public let author: String?
    }

    public init(_ release: Release) {
        self.release = release
        if let tag = release.tag { tags.insert(tag) }
    }

    /// Adds an entry about the release's commit, in the ledger's order.
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
            if let last = checks[name], last.time > word.time { return }
            checks[name] = word
        case .guardChecked:
            guard let word = Self.word(entry), verdict.map({ $0.time <= word.time }) ?? true else {
                return
            }
            verdict = word
        case .changeMerged:
            guard let number = entry.payload["number"]?.integer,
                let name = entry.payload["repository"]?.string
            else { return }
            changes.append(
                Change(
                    repository: RepositoryName(unchecked: name), number: number,
                    author: entry.payload["author"]?.string))
        default: return
        }
    }

    /// Adds the reviews of one of its changes, in the ledger's order: of each person the last word
    /// counts, and a remark is none.
    public mutating func add(_ reviews: [Entry], of change: Change) {
        for entry in reviews where entry.payload["number"]?.integer == change.number {
            switch entry.payload["verdict"]?.string {
            case Review.Verdict.approved.rawValue:
                if entry.by.name != change.author { approvers.insert(entry.by.name) }
            case Review.Verdict.changesRequested.rawValue: approvers.remove(entry.by.name)
            default: continue
            }
        }
    }

    private static func word(_ entry: Entry) -> Word? {
        guard let outcome = entry.payload["outcome"]?.string.flatMap(Outcome.init(rawValue:)) else {
            return nil
        }
        return Word(outcome: outcome, entry: entry.sequence, time: entry.time)
    }
}
