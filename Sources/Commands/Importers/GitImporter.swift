internal import CommandPorts
internal import FoundationEssentials
internal import Glibc
public import Ledger
internal import LedgerText
public import Projections

/// Turns a git repository's history into facts: pushes (the first-parent commits of a branch),
/// merges, tags.
///
/// It does not use a store: the caller passes the known state and receives the new facts.
public struct GitImporter: Sendable {
    /// Findings to report to the person.
    public struct Summary: Hashable, Sendable {
        public var commits = 0
        public var merges = 0
        public var tags = 0
        public var moved: [String] = []
        public var deleted: [String] = []
        /// Skipped tags: they do not point to a commit, or their names are not valid in the ledger.
        public var passedOver: [String] = []
        /// The branch was rewritten: it no longer contains this commit.
        public var rewritten: Revision?
        public var shallow = false
        /// The clone lacks the last known commit and has no new commits.
        public var isBehind = false
        /// Known tags are missing, but this clone cannot prove that they were deleted.
        public var tagsUnknown = false
    }
    let git: Git
    public let folder: String
    public let branch: String
    /// The full name of the branch, because a tag may have the same short name.
    private let reference: String
    public let repository: RepositoryName

    private let now: Timestamp

    static let log = [
        "log", "--first-parent", "--reverse", "--format=%H%x00%P%x00%ct%x00%an%x00%B%x00",
    ]
    /// Number of facts in a batch.
    static let batch = 1000
    /// Maximum number of bytes of a stored message.
    static let message = 16 << 10

    /// Opens the repository at `folder`. `branch` defaults to the checked-out branch. `repository`
    /// defaults to the name in the URL of `origin`, or the folder name. Throws `Refusal`.
    public init(
        folder: String, branch: String?, repository: RepositoryName?, now: Timestamp
    ) async throws {
        self.folder = folder
        self.now = now
        git = Git(folder: folder)
        do { _ = try await git.ask(["rev-parse", "--git-dir"]) } catch let failure as Git.Failure {
            throw Refusal(
                .notPossible, "\(folder) is not a readable git repository",
                cause: failure.message.trimmed,
                hint: Hint("name a repository folder", run: "ledger import git PATH"))
        }
        let current = await git.maybe(["symbolic-ref", "HEAD"])
        let local = "refs/heads/"
        guard let wanted = branch ?? current.map({ String($0.dropFirst(local.count)) }) else {
            throw Refusal(
                .ambiguous, "\(folder) has no branch checked out",
                cause: "HEAD is detached, as is usual in pipelines",
                hint: "name the branch: --branch main")
        }
        var found: String?
        for place in [local, "refs/remotes/origin/"] where found == nil && wanted != "HEAD" {
            let name = place + wanted
            // Accepts only a plain name: `main~3` is a commit, not a branch.
            if await git.maybe(["show-ref", "--verify", "--quiet", name]) != nil { found = name }
        }
        guard let found else {
            let list = await git.maybe(["for-each-ref", "--format=%(refname:short)", "refs/heads"])
            let branches = (list ?? "").parts(separator: "\n").map(String.init)
            throw Refusal(
                .unknownName,
                branches.isEmpty
                    ? "\(folder) has no commits yet"
                    : "unknown branch \"\(wanted)\" in \(folder)",
                cause: branches.isEmpty
                    ? nil : "known branches: \(branches.prefix(10).joined(separator: ", "))",
                hint: nearest(to: wanted, among: branches).map { "did you mean \($0)?" })
        }
        self.branch = wanted
        reference = found
        let url = await git.maybe(["config", "--get", "remote.origin.url"])
        self.repository = try repository ?? Self.name(url: url, folder: folder)
    }

    /// Returns `acme/shop` for `https://host/acme/shop.git` or `git@host:acme/shop`; without a URL,
    /// the folder name.
    static func name(url: String?, folder: String) throws -> RepositoryName {
        if let url, !url.isEmpty {
            // Drops the user and the host before the path, because they may include a password.
            var path = url.exchanging("\\", for: "/")[...]
            if let scheme = path.place(of: "://") {
                path = path[scheme.upperBound...].drop { $0 != "/" }
            } else if let colon = path.first(byte: ":"), !path[..<colon].holds("/") {
                path = path[colon...].dropFirst()
            }
            let name = path.parts(separator: "/").suffix(2).joined(separator: "/")
            let plain = name.ends(with: ".git") ? String(name.dropLast(4)) : name
            if let repository = RepositoryName(rawValue: plain) { return repository }
        }
        let last = URL(filePath: folder).standardizedFileURL.lastPathComponent
        let plain = last.exchanging(" ", for: "-")
        return try RepositoryName(plain.isEmpty ? "repository" : plain)
    }

    /// Passes the new facts since `known` to `body` in batches, oldest first. `isKnown` returns
    /// whether a push of a commit to the branch is already recorded. Throws `Refusal` if git fails.
    public func facts(
        since known: RepositoryView, isKnown: (Revision) async throws -> Bool,
        _ body: ([Fact], Summary) async throws -> Void
    ) async throws -> Summary {
        do { return try await read(since: known, isKnown, body) } catch let failure as Git.Failure {
            throw Refusal(
                .notPossible, "git could not read all of \(folder)",
                cause: failure.message.trimmed,
                hint: "facts read so far are recorded; run git fsck, then import again")
        }
    }

    private func read(
        since known: RepositoryView, _ isKnown: (Revision) async throws -> Bool,
        _ body: ([Fact], Summary) async throws -> Void
    ) async throws -> Summary {
        var collector = Collector(summary: Summary())
        collector.summary.shallow =
            await git.maybe(["rev-parse", "--is-shallow-repository"]) == "true"
        if !collector.summary.shallow {
            if known.untold.isEmpty {
                for root in known.roots {
                    try await before(root, isKnown, into: &collector, body)
                }
            } else {
                try await complete(known, into: &collector, body)
            }
        }
        let (range, forced) = try await range(since: known.head, isKnown, &collector.summary)
        var first = true
        try await git.records(
            Self.log + range + ["--"], fields: 5, longest: Self.message
        ) { record in
            collector.add(
                commit(record, forced: first ? forced : nil, known), isMerge: isMerge(record))
            if let merge = merge(record) { collector.facts.append(merge) }
            first = false
            try await collector.flush(Self.batch, body)
        }
        if first, let forced, let back = try await backwards(from: forced, known) {
            collector.add(back, isMerge: false)
        }
        try await tags(known, into: &collector, body)
        try await collector.flush(1, body)
        return collector.summary
    }

    struct Collector {
        var facts: [Fact] = []
        var summary: Summary

        mutating func add(_ fact: Fact, isMerge: Bool) {
            facts.append(fact)
            summary.commits += 1
            if isMerge { summary.merges += 1 }
        }

        mutating func flush(
            _ atLeast: Int, _ body: ([Fact], Summary) async throws -> Void
        ) async throws {
            guard facts.count >= atLeast else { return }
            let batch = facts
            facts = []
            try await body(batch, summary)
        }
    }

    // MARK: Commits

    /// Which commits are new; and the former head, if the branch no longer contains it.
    private func range(
        since head: Revision?, _ isKnown: (Revision) async throws -> Bool,
        _ summary: inout Summary
    ) async throws -> ([String], Revision?) {
        guard let head else { return ([reference], nil) }
        guard await holds(head) else {
            // A full clone without the commit proves that the branch was rewritten; a shallow clone
            // does not. In both cases known commits are not recorded again.
            let base = try await newestKnown(isKnown)
            let tip = await git.maybe(["rev-parse", "--verify", reference])
            // A clone that is out of date looks like a branch that was reset: neither has new
            // commits.
            summary.isBehind = base != nil && base?.rawValue == tip
            let forced = summary.shallow || summary.isBehind ? nil : head
            summary.rewritten = forced
            return ([base.map { "\($0)..\(reference)" } ?? reference], forced)
        }
        if await git.maybe(["merge-base", "--is-ancestor", head.rawValue, reference]) != nil {
            return (["\(head)..\(reference)"], nil)
        }
        // If the remote branch contains the commit, the local branch is only behind, not reset.
        let fetched = [
            "merge-base", "--is-ancestor", head.rawValue, "refs/remotes/origin/\(branch)",
        ]
        if await git.maybe(fetched) != nil {
            summary.isBehind = true
            return (["\(reference)..\(reference)"], nil)
        }
        summary.rewritten = head
        if let base = await git.maybe(["merge-base", head.rawValue, reference]), !base.isEmpty {
            return (["\(base)..\(reference)"], head)
        }
        return ([reference], head)
    }

    func holds(_ revision: Revision) async -> Bool {
        await git.maybe(["cat-file", "-e", "\(revision)^{commit}"]) != nil
    }

    /// The newest commit of the branch whose push is already recorded.
    private func newestKnown(
        _ isKnown: (Revision) async throws -> Bool
    ) async throws -> Revision? {
        var skipped = 0
        while true {
            let page = try await git.ask([
                "rev-list", "--first-parent", "--max-count=\(Self.batch)", "--skip=\(skipped)",
                reference, "--",
            ]).parts(separator: "\n")
            for line in page {
                let revision = Revision(unchecked: String(line))
                if try await isKnown(revision) { return revision }
            }
            if page.count < Self.batch { return nil }
            skipped += page.count
        }
    }

    func isMerge(_ record: [String]) -> Bool { record[1].utf8.contains(UInt8(ascii: " ")) }

    func commit(
        _ record: [String], forced: Revision?, _ known: RepositoryView, late: Bool? = nil
    ) -> Fact {
        let parents = record[1].parts(separator: " ").map(String.init)
        let revision = Revision(unchecked: record[0])
        let push = Push(
            repository: repository, branch: branch, revision: revision,
            before: forced ?? parents.first.map(Revision.init(unchecked:)),
            forced: forced == nil ? nil : true, author: record[3], message: message(record[4]),
            parents: parents.count > 1 ? parents.count : nil, late: late,
            parent: forced == nil ? nil : parents.first.map(Revision.init(unchecked:)),
            merged: parents.count > 1
                ? parents.dropFirst().map(Revision.init(unchecked:)) : nil)
        // A branch may be reset more than once: the previous entry makes each reset a separate
        // fact.
        let since = known.rewritten == 0 ? "" : " since \(known.rewritten)"
        let rewrite = forced.map { " after \($0) in \(known.headEntry)" } ?? since
        return Fact(
            .pushed(push), time: time(record[2]),
            source: Source(name: Source.git, id: "\(repository) \(branch) \(revision)\(rewrite)"),
            by: .told(record[3]))
    }

    func merge(_ record: [String]) -> Fact? {
        guard isMerge(record) else { return nil }
        let title = record[4].parts(separator: "\n").first.map(String.init)
        let request = title?.firstMatch(of: #/^Merge pull request #(\d+) from (\S+)/#)
        let named = title?.firstMatch(of: #/^Merge (?:remote-tracking )?branch '([^']+)'/#)
        let change = Change(
            repository: repository, number: request.flatMap { Int($0.1) },
            revision: Revision(unchecked: record[0]), title: title,
            branch: request.map { String($0.2) } ?? named.map { String($0.1) }, into: branch)
        return Fact(
            .changeMerged(change), time: time(record[2]),
            source: Source(name: Source.git, id: "\(repository) \(branch) merge \(record[0])"),
            by: .told(record[3]))
    }

    /// The branch was reset to a known commit: that is also a push.
    private func backwards(
        from head: Revision, _ known: RepositoryView
    ) async throws -> Fact? {
        let record = try await git.ask([
            "log", "-1", "--format=%H%x00%P%x00%ct%x00%an%x00%B%x00", reference, "--",
        ]).parts(separator: "\0", omittingEmptySubsequences: false).map(String.init)
        return record.count >= 5 ? commit(record, forced: head, known) : nil
    }

    private func message(_ text: String) -> String? {
        func isBlank(_ unit: UInt8) -> Bool { unit == 32 || (9...13).contains(unit) }
        guard let first = text.utf8.firstIndex(where: { !isBlank($0) }),
            let last = text.utf8.lastIndex(where: { !isBlank($0) })
        else { return nil }
        return String(text[first...last])
    }

    /// A wrong clock must not block an import: a future time is replaced by the current time.
    private func time(_ seconds: String) -> Timestamp? {
        guard let seconds = Int64(seconds), (-253_402_300_800...253_402_300_800).contains(seconds)
        else { return now }
        return min(Timestamp(seconds: seconds), now)
    }

    // MARK: Tags

    private func tags(
        _ known: RepositoryView, into collector: inout Collector,
        _ body: ([Fact], Summary) async throws -> Void
    ) async throws {
        var seen: Set<ReleaseTag> = []
        let names = [
            "refname:strip=2", "objecttype", "objectname", "*objecttype", "*objectname",
            "taggername", "creatordate:unix", "contents",
        ]
        let format = names.map { "%(\($0))%00" }.joined()
        var records: [[String]] = []
        try await git.records(
            ["for-each-ref", "refs/tags", "--sort=creatordate", "--format=\(format)"],
            fields: names.count, longest: Self.message
        ) { records.append($0) }
        for record in records {
            guard let tag = ReleaseTag(rawValue: record[0]),
                let revision = try await commit(ofTag: record)
            else {
                collector.summary.passedOver.append(record[0])
                continue
            }
            seen.insert(tag)
            let before = known.tags[tag]
            if before == revision { continue }
            collector.summary.tags += 1
            if before != nil { collector.summary.moved.append(record[0]) }
            collector.facts.append(fact(of: tag, revision, before, known.tagEntries[tag], record))
            try await collector.flush(Self.batch, body)
        }
        let missing = known.tags.filter { !seen.contains($0.key) }
        if missing.isEmpty { return }
        guard try await isWhole(known, shallow: collector.summary.shallow) else {
            collector.summary.tagsUnknown = true
            return
        }
        for (tag, revision) in missing.sorted(by: { $0.key < $1.key }) {
            collector.summary.deleted.append(tag.rawValue)
            collector.facts.append(
                Fact(
                    .refDeleted(RefChange(repository: repository, tag: tag, revision: revision)),
                    time: now,
                    source: Source(
                        name: Source.git,
                        id: "\(repository) tag \(tag) deleted after \(known.tagEntries[tag] ?? 0)"))
            )
        }
    }

    /// Whether the clone can prove that a tag was deleted: not if it has no tags or is of another
    /// repository.
    private func isWhole(_ known: RepositoryView, shallow: Bool) async throws -> Bool {
        if shallow { return false }
        if await git.maybe(["config", "--get", "remote.origin.tagOpt"]) == "--no-tags" {
            return false
        }
        guard let head = known.head else { return true }
        return await holds(head)
    }

    /// The commit that a tag points to, through any number of annotated tags; `nil` if the target
    /// is not a commit.
    private func commit(ofTag record: [String]) async throws -> Revision? {
        switch (record[1], record[3]) {
        case ("commit", _): return Revision(rawValue: record[2])
        case ("tag", "commit"): return Revision(rawValue: record[4])
        default:
            let words = ["rev-parse", "--verify", "--quiet", "refs/tags/\(record[0])^{commit}"]
            return await git.maybe(words).flatMap(Revision.init(rawValue:))
        }
    }

    private func fact(
        of tag: ReleaseTag, _ revision: Revision, _ before: Revision?, _ after: Int?,
        _ record: [String]
    ) -> Fact {
        let annotated = record[1] == "tag"
        let change = RefChange(
            repository: repository, tag: tag, revision: revision, before: before,
            annotated: annotated, tagger: record[5].isEmpty ? nil : record[5],
            message: annotated ? message(record[7]) : nil)
        let move = after.map { " after \($0)" } ?? ""
        // A tag moved or was created again at an unknown time since the last import. Its commit may
        // be older than its previous target.
        return Fact(
            .refCreated(change), time: after == nil ? time(record[6]) : now,
            source: Source(name: Source.git, id: "\(repository) tag \(tag) \(revision)\(move)"),
            by: .told(record[5]))
    }
}
