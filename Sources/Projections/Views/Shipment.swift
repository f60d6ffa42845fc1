public import Ledger
internal import LedgerText

/// A commit that lies between two releases, and what is recorded of it.
public struct ShippedCommit: Hashable, Sendable, Codable {
    /// A pull or merge request that brought a commit.
    public struct Change: Hashable, Sendable, Codable {
        public var number: Int?
        public var title: String?
        public var author: String?
        /// Who approved it, its author not counted.
        public var approvers: [String]?
    }
    public var revision: Revision
    public var author: String?
    /// The first line of its message; `nil` if nobody recorded it.
    public var message: String?
    public var changes: [Change]?
    /// How each of its checks ended, by name.
    public var checks: [String: Outcome]?
    /// Commits that came with it in one push, and that nobody named; 0 if nobody told whether there
    /// were any, `nil` if it came alone.
    public var unnamed: Int?

    public init(revision: Revision, author: String? = nil, message: String? = nil) {
        self.revision = revision
        self.author = author
        self.message = message.map(Self.firstLine)
    }

    /// The first line of a message, at most `Limits.titleBytes` bytes of it, as it can be read.
    static func firstLine(_ text: String) -> String { Visible.cleaned(start(text)) }

    private static func start(_ text: String) -> String {
        let line = text.utf8.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        if line.count <= Limits.titleBytes { return String(decoding: line, as: UTF8.self) }
        var end = line.index(line.startIndex, offsetBy: Limits.titleBytes)
        // Never through the middle of a character.
        while end > line.startIndex, line[end] & 0xC0 == 0x80 { end = line.index(before: end) }
        return String(decoding: line[..<end], as: UTF8.self) + "…"
    }
}

/// What lies between two releases: the commits that come with the second, and those that it is
/// without. Found by ancestry: by which commit each push began at, never by when it was recorded.
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

    /// Whether every commit is known to be named.
    var isWhole: Bool { (comes + goes).allSatisfy { $0.unnamed == nil } }
}

/// The ancestors of two commits, met in the middle. What both have is common, with all that lies
/// behind it.
struct CommitSides {
    private let starts: [Revision]
    /// What was found behind each of the two.
    private var found: [Set<Revision>]
    /// What was found and not gone on from yet.
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

    /// The commits of which the parents are to be looked up next: none when all that lies further
    /// behind is common.
    var wanted: [Revision] {
        let tips = open[0] + open[1]
        return tips.allSatisfy(common.contains) ? [] : tips
    }
    var count: Int { found[0].count + found[1].count }

    /// Goes one commit back on each side.
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

    /// What is common makes common all that is known to lie behind it.
    private mutating func share(_ revision: Revision) {
        var rest = [revision]
        while let next = rest.popLast() {
            guard common.insert(next).inserted else { continue }
            rest += parents[next] ?? []
        }
    }

    /// The commits of the branch that only one side has, the newest first: those that its merges
    /// brought stand for what they merged. `nil` if the two were not seen to have anything in
    /// common.
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

/// What pushes say of where commits began.
struct CommitGraph {
    private struct Place: Hashable {
        let revision: Revision
        let stream: StreamName
        let branch: String
    }
    /// When a commit came to a branch first, and what the branch was then.
    private var first: [Place: (time: Timestamp, parent: Revision)] = [:]
    private var told: [Revision: Set<Place>] = [:]
    /// What git itself told of the commit's parents, the first of them first: nobody knows better.
    private var byGit: [Revision: [Revision]] = [:]
    /// Every parent that anybody ever told.
    private var claims: [Revision: Set<Revision>] = [:]
    /// How many commits a push brought with the commit; `nil` if that was not told.
    private var companies: [Revision: Int?] = [:]

    /// Takes up a push. A commit that comes to a branch again was set back to: what the branch was
    /// then does not lie behind it, and neither does what it was before it was rewritten.
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

    /// How many unnamed commits came with one: see `ShippedCommit.unnamed`.
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
    /// contradicting fact can add ancestors, and remove none.
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
