internal import CommandPorts
public import Ledger
internal import Projections

extension GitImporter {
    /// What lies before a commit that was the first to be told, as pushes that are told late: the
    /// clone was shallow then.
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

    /// What others told of only by the last commit of a push: the commits before it, and whole the
    /// ones that they told.
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

    /// The commits of the branch after one and up to another, as pushes that are told late:
    /// what was pushed between two pushes that are known. Throws `Refusal` if git does.
    public func facts(after first: Revision, upTo last: Revision) async throws -> [Fact] {
        guard await holds(first), await holds(last) else {
            throw Refusal(
                .notPossible, "what was pushed after \(first.short) cannot be read",
                cause: "\(folder) does not hold all of \(first.short)..\(last.short)",
                hint: "fetch the whole history: git fetch --unshallow --tags")
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
