internal import LedgerText

/// Which entries a decision is made from: read from the entries themselves, past every index and
/// view, since those are not sealed.
public struct SealedScope: Hashable, Sendable {
    /// All that happened in these environments.
    public var environments: [EnvironmentName]
    /// All that is known of these commits, by first digits: `abcdef1` or all 40.
    public var revisions: [String]
    /// All that is known of these images, by their digests' beginnings, with or without the
    /// algorithm.
    public var digests: [String]
    /// All that is said of these tags.
    public var tags: [ReleaseTag]
    /// All of these kinds, wherever they happened.
    public var kinds: [EventKind]

    public init(
        environments: [EnvironmentName] = [], revisions: [String] = [], digests: [String] = [],
        tags: [ReleaseTag] = [], kinds: [EventKind] = []
    ) {
        self.environments = environments
        self.revisions = revisions
        self.digests = digests
        self.tags = tags
        self.kinds = kinds
    }

    /// Whether an entry belongs to it.
    public func contains(_ entry: Entry) -> Bool {
        let subject = entry.subject
        return subject.environment.map(environments.contains) == true
            || subject.tag.map(tags.contains) == true
            || subject.revision.map { mine in
                revisions.contains { mine.rawValue.begins(with: $0) }
            } == true
            || digests.contains { EntryFilter.digest(subject.digest, startsWith: $0) }
            || kinds.contains { $0.rawValue == entry.kind }
    }

    /// Whether all that a question can be answered with belongs to it.
    public func covers(_ filter: EntryFilter) -> Bool {
        func all<T>(_ wanted: [T], _ isCovered: (T) -> Bool) -> Bool {
            !wanted.isEmpty && wanted.allSatisfy(isCovered)
        }
        return all(filter.environments, environments.contains)
            || all(filter.kinds) { kind in kinds.contains { $0.rawValue == kind } }
            || all(filter.tags, tags.contains)
            || all(filter.revisions) { text in revisions.contains { text.begins(with: $0) } }
            || all(filter.digests) { text in
                digests.contains {
                    text.begins(with: $0)
                        || EntryFilter.digest(ImageDigest(unchecked: text), startsWith: $0)
                }
            }
    }
}
