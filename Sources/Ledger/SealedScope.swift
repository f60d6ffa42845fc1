internal import LedgerText

/// Selects the entries that a decision is made from. They are read without indexes and views, which
/// are not protected by the tree.
public struct SealedScope: Hashable, Sendable {
    /// All entries of these environments.
    public var environments: [EnvironmentName]
    /// All entries about these commits, by prefix: `abcdef1` or all 40 digits.
    public var revisions: [String]
    /// All entries about these images, by digest prefix, with or without the algorithm.
    public var digests: [String]
    /// All entries about these tags.
    public var tags: [ReleaseTag]
    /// All entries of these kinds, in any environment.
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

    /// Whether the scope contains an entry.
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

    /// Whether the scope contains every entry that a query can match.
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
