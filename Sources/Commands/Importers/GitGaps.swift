internal import CommandPorts
public import Ledger
internal import Projections

extension GitImporter {
    /// The pushes before the first recorded commit, as late facts: that import used a shallow
    /// clone.
    func before(
        _ root: Revision, _ isKnown: (Revision) async throws -> Bool,
        into collector: inout Collector, _ body: ([Fact], Summary) async throws -> Void
    ) async throws {
        guard
            let parent = await git.maybe(["rev-parse", "--verify", "--quiet", "\(root)^1"])
                .flatMap(Revision.init(rawValue:)),
            try await !isKnown(parent)
        else { return }
        try await git.records(
            Self.log + [parent.rawValue, "--"], fields: 5, longest: Self.message
        ) { record in
            collector.add(
                commit(record, forced: nil, RepositoryView(), late: true), isMerge: isMerge(record))
            if let merge = merge(record) { collector.facts.append(merge) }
            try await collector.flush(Self.batch, body)
        }
    }

    /// Completes pushes of which another source recorded only the last commit. It adds the earlier
    /// commits, and full data for the recorded ones.
    func complete(
        _ known: RepositoryView, into collector: inout Collector,
        _ body: ([Fact], Summary) async throws -> Void
    ) async throws {
        guard !known.untold.isEmpty, let head = known.head, await holds(head) else { return }
        try await git.records(
            Self.log + [head.rawValue, "--"], fields: 5, longest: Self.message
        ) { record in
            let revision = Revision(unchecked: record[0])
            guard known.untold.contains(revision) || !known.told.contains(revision) else { return }
            collector.add(
                commit(record, forced: nil, RepositoryView(), late: true), isMerge: isMerge(record))
            if let merge = merge(record) { collector.facts.append(merge) }
            try await collector.flush(Self.batch, body)
        }
    }

    /// The commits of the branch after one commit and up to another, as late pushes. They fill the
    /// gap between two known pushes. Throws `Refusal` if git fails.
    public func facts(after first: Revision, upTo last: Revision) async throws -> [Fact] {
        guard await holds(first), await holds(last) else {
            throw Refusal(
                .notPossible, "cannot read the commits after \(first.short)",
                cause: "\(folder) lacks commits of \(first.short)..\(last.short)",
                hint: "fetch the full history: git fetch --unshallow --tags")
        }
        var facts: [Fact] = []
        do {
            try await git.records(
                Self.log + ["\(first)..\(last)", "--"], fields: 5, longest: Self.message
            ) { record in
                facts.append(commit(record, forced: nil, RepositoryView(), late: true))
            }
        } catch let failure as Git.Failure {
            throw Refusal(.notPossible, "git could not read \(folder)", cause: failure.message)
        }
        return facts
    }
}
