public import Commands
public import Ledger
internal import Projections

extension GitImporter {
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
