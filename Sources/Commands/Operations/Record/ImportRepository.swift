internal import CommandEngine
public import CommandImporters
internal import CommandPorts
public import Ledger
internal import Projections

/// The import of a git repository's pushes, merges and tags. It reads a local clone, so it is not
/// an operation.
public struct ImportRepository: Sendable {
    private let importer: GitImporter

    public init(_ importer: GitImporter) { self.importer = importer }

    /// What was found, and what of it is new.
    public struct Answer: Codable, Hashable, Sendable {
        public let repository: RepositoryName
        public let branch: String
        public let pushes: Int
        public let merges: Int
        public let tags: Int
        /// The number of new entries.
        public let entries: Int
        /// Whether the clone lacks the commits before its first commit.
        public let shallow: Bool
        /// The head that the branch no longer contains, if it was rewritten.
        public let rewritten: Revision?
        public let moved: [String]
        public let deleted: [String]
        /// Skipped tags: they do not point to a commit, or their names are not valid here.
        public let passedOver: [String]
        /// Whether the clone lacks the last recorded push.
        public let isBehind: Bool
        /// Whether recorded tags are missing, and the clone cannot prove that they were deleted.
        public let tagsUnknown: Bool
    }

    /// Records what is new. `progress` receives the numbers of commits and tags so far.
    public func answer(
        at desk: RecordingDesk, progress: (_ commits: Int, _ tags: Int) -> Void
    ) async throws -> Answer {
        let projector = desk.desk.projector
        let known = try await projector.repository(importer.repository, branch: importer.branch)
        var written = 0
        let summary = try await importer.facts(
            since: known, isKnown: { try await wasPushed($0, projector) }
        ) { facts, summary in
            written += try await desk.recorder.recordCounting(facts).new
            progress(summary.commits, summary.tags)
        }
        return Answer(
            repository: importer.repository, branch: importer.branch, pushes: summary.commits,
            merges: summary.merges, tags: summary.tags, entries: written,
            shallow: summary.shallow, rewritten: summary.rewritten, moved: summary.moved,
            deleted: summary.deleted, passedOver: summary.passedOver, isBehind: summary.isBehind,
            tagsUnknown: summary.tagsUnknown)
    }

    private func wasPushed(_ revision: Revision, _ projector: Projector) async throws -> Bool {
        try await projector.wasPushed(revision, to: importer.branch, of: importer.repository)
    }

    /// The facts that deliveries missed: pushes after the last recorded one and between two
    /// recorded ones, and tags. Throws `Refusal` if the clone cannot show them.
    public func missing(at desk: RecordingDesk) async throws -> [Fact] {
        let projector = desk.desk.projector
        var missing: [Fact] = []
        for gap in try await projector.gaps(in: importer.branch, of: importer.repository) {
            missing += try await importer.facts(after: gap.after, upTo: gap.upTo)
        }
        var known = try await projector.repository(importer.repository, branch: importer.branch)
        // Facts from other sources are not missing, even if they contain less detail than git.
        known.untold = []
        let summary = try await importer.facts(
            since: known, isKnown: { try await wasPushed($0, projector) }
        ) { facts, _ in missing += facts }
        if summary.shallow || summary.isBehind {
            throw Refusal(
                .notPossible,
                "the pushes to \(importer.branch) cannot be read from this clone",
                cause: summary.shallow
                    ? "it is shallow: it lacks the commits before its first commit"
                    : "it is behind the last recorded push of the branch",
                hint: "nothing was recorded; "
                    + (summary.shallow ? "git fetch --unshallow --tags" : "git pull"))
        }
        return missing
    }
}
