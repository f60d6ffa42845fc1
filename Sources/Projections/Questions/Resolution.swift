public import Ledger
internal import LedgerText

/// Resolves references to sequences and releases.
extension Projector {
    /// The sequence at which the referenced state was current. A tag (or short revision or digest)
    /// means the end of its last deploy to `environment`. Throws `ReferenceProblem`.
    public func sequence(
        of reference: Reference, in environment: EnvironmentName?
    ) async throws -> Int {
        let head = try await store.head().sequence
        switch reference {
        case .sequence(let sequence):
            guard (0...head).contains(sequence) else {
                throw ReferenceProblem(
                    "there is no entry \(sequence)", hint: "the last entry is \(head)")
            }
            return sequence
        case .time(let time): return try await store.sequence(recordedBy: time)
        case .environment: return head
        case .moment(_, let time): return try await store.sequence(recordedBy: time)
        case .ago, .deployment:
            guard let name = reference.environment, let past = try await past(reference).last else {
                return head
            }
            let then = try await self.environment(name, at: past.entry)
            if then[past.release.service]?.entry == past.entry { return past.entry }
            throw ReferenceProblem(
                "that deploy of \(past.release.title) was recorded late, as entry \(past.entry); "
                    + "it was never the current release at any entry",
                hint: Hint(
                    "show that state", run: "ledger status -e \(shell: name) --true-at \(past.time)"
                ))
        case .release(let text):
            return try await lastDeploy(of: text, in: environment)
        }
    }

    /// The releases of an environment up to the deploy that `production~2` or `production#42`
    /// names, in the order in which they ran. Empty for other references. Throws
    /// `ReferenceProblem`.
    public func past(_ reference: Reference) async throws -> [PastRelease] {
        guard let name = reference.environment else { return [] }
        let all = try await deployments(of: nil, in: name)
        // Ordered by the time at which they ran, not by number.
        var seen: Set<Int> = []
        let numbers = all.reversed().map(\.number).filter { seen.insert($0).inserted }
        let wanted: Int
        let none: String
        switch reference {
        case .ago(_, let count):
            wanted = count < numbers.count ? numbers[count] : 0
            none = "\(name)~\(count)"
        case .deployment(_, let number): (wanted, none) = (number, "\(name)#\(number)")
        default: return []
        }
        guard let place = all.lastIndex(where: { $0.number == wanted }) else {
            throw ReferenceProblem(
                "\(name) has only \(numbers.count) deploys; \(none) does not exist",
                hint: Hint("list them", run: "ledger history -e \(shell: name)"))
        }
        return Array(all[...place])
    }

    private func lastDeploy(of text: String, in environment: EnvironmentName?) async throws -> Int {
        for filter in Self.filters(for: text) {
            var filter = filter
            filter.kinds = Self.ofDeploys.map(\.rawValue)
            if let environment { filter.environments = [environment] }
            if let entry = try await asCorrected(filter).first { return entry.sequence }
        }
        let place = environment.map { "in \($0)" } ?? "anywhere"
        throw ReferenceProblem(
            "\(text) never ran \(place)", hint: try await hint(for: text, in: environment))
    }

    /// The filters for a text: a tag, or with at least `Limits.shortest` digits a revision or a
    /// digest.
    public static func filters(for text: String) -> [EntryFilter] {
        var filters: [EntryFilter] = []
        if let tag = ReleaseTag(rawValue: text) {
            var filter = EntryFilter()
            filter.tags = [tag]
            filters.append(filter)
        }
        let digits = text.drop { $0 != ":" }.dropFirst()
        let hex = digits.isEmpty ? text : String(digits)
        guard hex.utf8.count >= Limits.shortest,
            hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return filters }
        if digits.isEmpty {
            var filter = EntryFilter()
            filter.revisions = [text]
            filters.append(filter)
        }
        var filter = EntryFilter()
        filter.digests = [text]
        filters.append(filter)
        return filters
    }

    /// Whether any entry names this tag, revision or digest.
    public func knows(_ text: String) async throws -> Bool {
        for filter in Self.filters(for: text) {
            let found = try await store.page(filter, .newestFirst, after: nil, limit: 1)
            if !found.isEmpty { return true }
        }
        return false
    }

    /// A hint with the nearest known tags, for a text that cannot be resolved.
    public func hint(for text: String, in environment: EnvironmentName?) async throws -> Hint {
        let tags = Set(try await tags().compactMap { $0.subject.tag?.rawValue })
        var ran: Set<String> = []
        if let environment {
            ran = Set(
                try await deployments(of: nil, in: environment).compactMap {
                    $0.release.tag?.rawValue
                })
        }
        if let environment, tags.contains(text) {
            return Hint(
                "deploy it there",
                run: "ledger deploy \(shell: text) -e \(shell: environment)")
        }
        // In an environment's history only what ran there is meant.
        let names = ran.isEmpty ? tags : ran.union(["previous"])
        let others = names.filter { $0 != text }.sorted()
        if let near = nearest(to: text, among: others, alone: true) {
            return "did you mean \(near)?"
        }
        let known = (ran.isEmpty ? tags : ran).sorted().suffix(5)
        return known.isEmpty
            ? "no tags recorded yet; record one: ledger record image.tagged …, or ledger import git"
            : "known tags: \(known.joined(separator: ", "))"
    }

    /// The release that a text names for one service in one environment. The search order is: the
    /// release that ran under it there, the latest recorded fact for the service, the repository's
    /// tag. `nil` if the service has no such release. Throws `ReferenceProblem` if the text is
    /// ambiguous.
    public func release(
        _ text: String, of service: ServiceName, for environment: EnvironmentName, at: Int? = nil
    ) async throws -> Release? {
        for var filter in Self.filters(for: text) {
            if let at { filter.limit(upto: at) }
            var ran = filter
            ran.kinds = Self.ofDeploys.map(\.rawValue)
            ran.environments = [environment]
            ran.services = [service]
            var any = filter
            any.services = [service]
            any.kinds = (Self.ofTags + Self.ofDeploys).map(\.rawValue)
            let deployed = try await asCorrected(ran, at: at)
            let told = try await asCorrected(any, at: at).filter { !$0.isOfFailedBuild }
            // Deploys in other environments show what the tag named there; they are searched last.
            let ofDeploys = Set(Self.ofDeploys.map(\.rawValue))
            let named =
                told.filter { !ofDeploys.contains($0.kind) }
                + told.filter { ofDeploys.contains($0.kind) }
            if var release = try Self.one(deployed, named: text, of: service) {
                // The deploy may lack the commit; the build then provides it.
                if release.revision == nil, let digest = release.digest {
                    let same = named.map(\.subject).filter { $0.digest == digest }
                    release.revision = same.compactMap(\.revision).first
                }
                return try await withCommit(release, at: at)
            }
            if let release = try Self.one(named, named: text, of: service) {
                return try await withCommit(release, at: at)
            }
        }
        guard let tag = ReleaseTag(rawValue: text) else { return nil }
        let named = try await repositoryTags(tag, at: at)
        guard let first = named.first else { return nil }
        if Set(named.map(\.revision)).count > 1 {
            let names = named.map(\.repository).sorted()
            throw ReferenceProblem(
                "\(text) is a tag of several repositories: \(names.joined(separator: ", "))",
                hint: Hint(
                    "record its image for \(service)",
                    run:
                        "ledger record image.tagged --service \(shell: service) --tag \(shell: text) --digest …"
                ))
        }
        return Release(service: service, tag: tag, revision: first.revision)
    }

    private func withCommit(_ release: Release, at: Int?) async throws -> Release {
        if release.revision != nil { return release }
        var release = release
        release.revision = try await commitOfTag(release, at: at)
        return release
    }

    /// The commit of the source repository's tag of a release without a recorded commit. `nil` if
    /// there is no such tag, or if several repositories have one.
    func commitOfTag(_ release: Release, at: Int?) async throws -> Revision? {
        guard let tag = release.tag else { return nil }
        let named = Set(try await repositoryTags(tag, at: at).compactMap(\.revision))
        return named.count == 1 ? named.first : nil
    }

    /// The commit of a tag in each source repository that has it.
    func repositoryTags(
        _ tag: ReleaseTag, at: Int?
    ) async throws -> [(repository: String, revision: Revision?)] {
        var filter = EntryFilter()
        filter.tags = [tag]
        filter.kinds = [EventKind.refDeleted.rawValue] + Self.ofTags.map(\.rawValue)
        if let at { filter.limit(upto: at) }
        let words = try await asCorrected(filter, at: at).filter {
            $0.subject.service == nil && $0.stream.rawValue.begins(with: StreamName.repositories)
                && !$0.isOfFailedBuild
        }
        return Dictionary(grouping: words, by: \.stream).compactMap { stream, words in
            // Newest first: facts before a deletion do not count.
            let since = words.prefix { $0.kind != EventKind.refDeleted.rawValue }
            if since.isEmpty { return nil }
            let name = stream.rawValue.dropFirst(StreamName.repositories.count)
            return (String(name), since.lazy.compactMap(\.subject.revision).first)
        }
    }

    /// The kinds that state what a tag names, of a service or of a source repository.
    private static let ofTags: [EventKind] = [
        .refCreated, .buildFinished, .imagePushed, .imageTagged, .releasePublished,
    ]
    /// The kinds of deploys; a deploy states what its tag named there.
    private static let ofDeploys: [EventKind] = [.deployFinished, .revertFinished]

    /// Corrections: the wrong entry, and the last entry that corrects it. A correction that a later
    /// one corrects is itself a wrong entry.
    public func corrections(at: Int? = nil) async throws -> [Int: Entry] {
        var filter = EntryFilter()
        if let at { filter.limit(upto: at) }
        filter.kinds = [EventKind.eventCorrected.rawValue]
        var said: [(wrong: Int, entry: Entry)] = []
        try await store.each(filter) { entry in
            if let wrong = entry.corrects { said.append((wrong, entry)) }
        }
        var corrections: [Int: Entry] = [:]
        for (wrong, entry) in said {
            // Another ledger cannot correct this ledger's own runs.
            if entry.draft.source != nil, try await store.entry(at: wrong)?.isOfOwnRun == true {
                continue
            }
            if let former = corrections[wrong] { corrections[former.sequence] = entry }
            corrections[wrong] = entry
        }
        return corrections
    }

    /// The newest entries that match after corrections, at their original sequence: a correction
    /// makes no entry newer.
    public func asCorrected(_ filter: EntryFilter, at: Int? = nil) async throws -> [Entry] {
        let corrections = try await corrections(at: at)
        var wide = filter
        if !corrections.isEmpty { wide.kinds.append(EventKind.eventCorrected.rawValue) }
        var entries: [Entry] = []
        for entry in try await store.page(wide, .newestFirst, after: nil, limit: Limits.page)
        where corrections[entry.sequence] == nil {
            guard let wrong = entry.corrects else {
                entries.append(entry)
                continue
            }
            if let original = try await self.entry(wrong, at: at),
                filter.kinds.contains(original.kind)
            {
                entries.append(original)
            }
        }
        return entries.byTime.reversed()
    }

    /// An entry with its corrected subject.
    public func entry(_ sequence: Int, at: Int? = nil) async throws -> Entry? {
        var entry = try await store.entry(at: sequence)
        if let correction = try await corrections(at: at)[sequence] {
            entry?.draft.subject = correction.subject
            if let time = correction.correctedTime { entry?.draft.time = time }
        }
        return entry
    }

    /// Throws `ReferenceProblem` if the entries, found by prefix, name several releases.
    public static func refuseSeveral(
        _ entries: [Entry], called text: String
    ) throws(ReferenceProblem) {
        let others = Set(
            entries.compactMap {
                text.holds(":") || $0.subject.revision == nil
                    ? $0.subject.digest?.rawValue : $0.subject.revision?.rawValue
            })
        if others.count <= 1 { return }
        throw ReferenceProblem(
            "\(text) is ambiguous: \(others.sorted().prefix(5).joined(separator: ", "))",
            hint: "write more digits")
    }

    /// The newest entry as a release, completed with facts of the other entries about the same
    /// code.
    private static func one(
        _ entries: [Entry], named text: String, of service: ServiceName
    ) throws -> Release? {
        let releases = entries.compactMap { Release($0.subject) }
        guard var release = releases.first else { return nil }
        let isTag = releases.contains { $0.tag?.rawValue == text }
        if !isTag { try refuseSeveral(entries, called: text) }
        for other in releases {
            if release.digest == nil, other.revision == release.revision || release.revision == nil
            {
                release.digest = other.digest
            }
            if release.revision == nil, other.digest == release.digest {
                release.revision = other.revision
            }
            if release.tag == nil, release.runsTheSame(as: other) { release.tag = other.tag }
        }
        return release
    }
}
