public import Ledger
internal import LedgerText

/// A commit between two releases, with the recorded facts about it.
public struct ShippedCommit: Hashable, Sendable, Codable {
    /// A pull or merge request that contains a commit.
    public struct Change: Hashable, Sendable, Codable {
        public var number: Int?
        public var title: String?
        public var author: String?
        /// The people who approved it, without its author.
        public var approvers: [String]?
    }
    public var revision: Revision
    public var author: String?
    /// The first line of its message; `nil` if it is not recorded.
    public var message: String?
    public var changes: [Change]?
    /// The result of each of its checks, by name.
    public var checks: [String: Outcome]?
    /// Number of unnamed commits in the same push; 0 if the number is unknown, `nil` if it was
    /// pushed alone.
    public var unnamed: Int?

    public init(revision: Revision, author: String? = nil, message: String? = nil) {
        self.revision = revision
        self.author = author
        self.message = message.map(Self.firstLine)
    }

    /// The first line of a message, at most `Limits.titleBytes` bytes, with only visible
    /// characters.
    static func firstLine(_ text: String) -> String { Visible.cleaned(start(text)) }

    private static func start(_ text: String) -> String {
        let line = text.utf8.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        if line.count <= Limits.titleBytes { return String(decoding: line, as: UTF8.self) }
        var end = line.index(line.startIndex, offsetBy: Limits.titleBytes)
        // Does not cut inside a character.
        while end > line.startIndex, line[end] & 0xC0 == 0x80 { end = line.index(before: end) }
        return String(decoding: line[..<end], as: UTF8.self) + "…"
    }
}

/// The commits between two releases: those that the second adds, and those that it removes. They
/// are found by ancestry (the commit at which each push began), never by recording time.
public struct Shipment: Hashable, Sendable, Codable {
    /// The newest first.
    public var comes: [ShippedCommit]
    /// The newest first.
    public var goes: [ShippedCommit]

    public init(comes: [ShippedCommit] = [], goes: [ShippedCommit] = []) {
        self.comes = comes
        self.goes = goes
    }

    public var isEmpty: Bool { comes.isEmpty && goes.isEmpty }

    /// Whether every commit is known by name.
    package var isWhole: Bool { (comes + goes).allSatisfy { $0.unnamed == nil } }
}

/// The ancestors of two commits, searched from both sides. A commit that both have is common, with
/// all its ancestors.
struct CommitSides {
    private let starts: [Revision]
    /// The ancestors found on each side.
    private var found: [Set<Revision>]
    /// The commits found whose parents are not visited yet.
    private var open: [[Revision]]
    private var common: Set<Revision> = []
    private var parents: [Revision: Set<Revision>] = [:]
    private var firstParents: [Revision: Set<Revision>] = [:]

    init(_ from: Revision, _ to: Revision) {
        starts = [from, to]
        found = [[from], [to]]
        open = [[from], [to]]
        if from == to { share(from) }
    }

    /// The commits whose parents must be looked up next; empty when all further ancestors are
    /// common.
    var wanted: [Revision] {
        let tips = open[0] + open[1]
        return tips.allSatisfy(common.contains) ? [] : tips
    }
    var count: Int { found[0].count + found[1].count }

    /// Steps one commit back on each side.
    mutating func go(by graph: CommitGraph) {
        for tip in open[0] + open[1] {
            parents[tip] = graph.parents(of: tip)
            firstParents[tip] = graph.firstParents(of: tip)
        }
        for tip in open[0] + open[1] where common.contains(tip) {
            for parent in parents[tip] ?? [] { share(parent) }
        }
        for side in [0, 1] {
            let tips = open[side]
            open[side] = []
            for parent in tips.flatMap({ (parents[$0] ?? []).sorted() }) {
                guard found[side].insert(parent).inserted else { continue }
                open[side].append(parent)
                if found[1 - side].contains(parent) { share(parent) }
            }
        }
    }

    /// Marks a commit and all its known ancestors as common.
    private mutating func share(_ revision: Revision) {
        var rest = [revision]
        while let next = rest.popLast() {
            guard common.insert(next).inserted else { continue }
            rest += parents[next] ?? []
        }
    }

    /// The commits of the branch that only one side has, newest first; a merge commit represents
    /// the commits that it merged. `nil` if no common ancestor was found.
    func alone(_ side: Int) -> [Revision]? {
        if common.isEmpty { return nil }
        var alone: [Revision] = []
        var seen: Set<Revision> = []
        var next = [starts[side]]
        while !next.isEmpty {
            let new = next.filter { !common.contains($0) && seen.insert($0).inserted }
            alone += new
            next = new.flatMap { (firstParents[$0] ?? []).sorted() }
        }
        return alone
    }
}

/// The commit graph according to pushes.
struct CommitGraph {
    private struct Place: Hashable {
        let revision: Revision
        let stream: StreamName
        let branch: String
    }
    /// When a commit was first pushed to a branch, and the branch's head before.
    private var first: [Place: (time: Timestamp, parent: Revision)] = [:]
    private var told: [Revision: Set<Place>] = [:]
    /// The commit's parents according to git, which is authoritative; the first parent comes first.
    private var byGit: [Revision: [Revision]] = [:]
    /// Every parent that any sender reported.
    private var claims: [Revision: Set<Revision>] = [:]
    /// Number of commits in the push of the commit; `nil` if unknown.
    private var companies: [Revision: Int?] = [:]

    /// Adds a push. If a commit is pushed to a branch again, the branch was reset to it: the
    /// previous head is not its ancestor. The head before a rewrite is not an ancestor either.
    mutating func add(_ entry: Entry) {
        guard case .pushed(let push) = entry.event,
            let parent = push.parent ?? (push.forced == true ? nil : push.before),
            parent != push.revision
        else { return }
        let all = [parent] + (push.merged ?? [])
        claims[push.revision, default: []].formUnion(all)
        if entry.draft.source?.name == Source.git {
            byGit[push.revision] = all
            return
        }
        let company = push.parent == nil ? push.commits.map { max(0, $0 - 1) } : 0
        if company != nil || companies[push.revision] == nil {
            let known = companies[push.revision] ?? nil
            companies[push.revision] = [known, company].compactMap(\.self).min()
        }
        let place = Place(revision: push.revision, stream: entry.stream, branch: push.branch)
        told[push.revision, default: []].insert(place)
        if let known = first[place],
            (known.time, known.parent.rawValue) <= (entry.time, parent.rawValue)
        {
            return
        }
        first[place] = (entry.time, parent)
    }

    /// Number of unnamed commits in the same push; see `ShippedCommit.unnamed`.
    func unnamed(with revision: Revision) -> Int? {
        guard byGit[revision] == nil, let company = companies[revision] else { return nil }
        return company == 0 ? nil : company ?? 0
    }

    func parents(of revision: Revision) -> Set<Revision> {
        byGit[revision].map(Set.init) ?? toldParents(of: revision)
    }

    func firstParents(of revision: Revision) -> Set<Revision> {
        byGit[revision].flatMap(\.first).map { [$0] } ?? toldParents(of: revision)
    }

    private func toldParents(of revision: Revision) -> Set<Revision> {
        Set((told[revision] ?? []).compactMap { first[$0]?.parent })
    }

    /// The commit and its ancestors. With `byClaims` every parent counts that any sender named: a
    /// contradicting fact can add ancestors, but remove none.
    func ancestors(of revision: Revision, byClaims: Bool) -> Set<Revision> {
        var found: Set<Revision> = [revision]
        var rest = [revision]
        while let next = rest.popLast() {
            for parent in byClaims ? claims[next] ?? [] : parents(of: next)
            where found.insert(parent).inserted { rest.append(parent) }
        }
        return found
    }
}
