internal import CommandPorts
public import Ledger
internal import LedgerText
internal import Projections

/// What narrows a list of entries. Several values of one field are alternatives.
public struct EntrySelection: OperationPart {
    /// Only these environments.
    public var environments: [String] = []
    /// Only these services.
    public var services: [String] = []
    /// Only these tags.
    public var tags: [String] = []
    /// Only these commits (or their first digits).
    public var revisions: [String] = []
    /// Only these image digests (or their first digits).
    public var digests: [String] = []
    /// Only these kinds (deploy.finished) or families (deploy).
    public var kinds: [String] = []
    /// Only entries by these persons or programs.
    public var authors: [String] = []
    /// Only these outcomes: succeeded, failed, finished, …
    public var outcomes: [String] = []
    /// Only events at or after this time.
    public var since: String?
    /// Only events before this time.
    public var until: String?
    /// Only entries that contain this text.
    public var text: String?
    /// Only the entries of this run.
    public var run: Int?
    /// A range, FROM..TO: v0.9.9..v1.0.0, production~2..production. A tag means its last deploy.
    public var range: String?
    /// As recorded by then: a sequence, a time, a tag, or a reference like production~2.
    public var at: String?

    public init() {}

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        environments = try members.decodeIfPresent([String].self, forKey: .environments) ?? []
        services = try members.decodeIfPresent([String].self, forKey: .services) ?? []
        tags = try members.decodeIfPresent([String].self, forKey: .tags) ?? []
        revisions = try members.decodeIfPresent([String].self, forKey: .revisions) ?? []
        digests = try members.decodeIfPresent([String].self, forKey: .digests) ?? []
        kinds = try members.decodeIfPresent([String].self, forKey: .kinds) ?? []
        authors = try members.decodeIfPresent([String].self, forKey: .authors) ?? []
        outcomes = try members.decodeIfPresent([String].self, forKey: .outcomes) ?? []
        since = try members.decodeIfPresent(String.self, forKey: .since)
        until = try members.decodeIfPresent(String.self, forKey: .until)
        text = try members.decodeIfPresent(String.self, forKey: .text)
        run = try members.decodeIfPresent(Int.self, forKey: .run)
        range = try members.decodeIfPresent(String.self, forKey: .range)
        at = try members.decodeIfPresent(String.self, forKey: .at)
    }

    /// The filter for a store. Throws `Refusal` for an unknown name, and suggests the nearest one.
    public func filter(at desk: Desk) async throws -> EntryFilter {
        var filter = EntryFilter()
        for name in environments { filter.environments.append(try await desk.environment(name)) }
        filter.services = try services.map { try ServiceName($0) }
        filter.tags = try tags.map { try ReleaseTag($0) }
        filter.revisions = try revisions.map { try short($0, "revision") }
        filter.digests = try digests.map { try short($0, "digest") }
        try refuseUnknownKinds()
        (filter.kinds, filter.authors, filter.outcomes) = (kinds, authors, outcomes)
        filter.text = text
        (filter.since, filter.until) = try times(now: desk.now)
        if let run { filter.correlations = [try await id(ofRun: run, desk)] }
        try await narrow(&filter, desk)
        return filter
    }

    private func refuseUnknownKinds() throws {
        for kind in kinds {
            let all = EventKind.allCases.map(\.rawValue)
            let families = Set(all.map { String($0.prefix { $0 != "." }) })
            if !all.contains(kind), !families.contains(kind) {
                throw Refusal(
                    .unknownName, "unknown kind of event \"\(kind)\"",
                    hint: nearest(to: kind, among: all + families.sorted())
                        .map { "did you mean \($0)?" }
                        ?? Hint("list the kinds", run: "ledger record --kinds"))
            }
        }
        let ends = Set(Outcome.allCases.map(\.rawValue))
            .union(EventKind.allCases.map { String($0.rawValue.drop { $0 != "." }.dropFirst()) })
        for outcome in outcomes where !ends.contains(outcome) {
            throw Refusal(
                .unknownName, "unknown outcome \"\(outcome)\"",
                hint: nearest(to: outcome, among: ends.sorted()).map { "did you mean \($0)?" }
                    ?? "for example: succeeded, failed, finished, abandoned")
        }
    }

    private func times(now: Timestamp) throws -> (since: Timestamp?, until: Timestamp?) {
        let since = try since.map { try Desk.time($0, now: now) }
        let until = try until.map { try Desk.time($0, now: now) }
        if let since, let until, since >= until {
            throw Refusal(
                .invalid, "the time range is reversed: \(since) is not before \(until)",
                hint: "swap --since and --until")
        }
        if let since, since > now {
            throw Refusal(
                .invalid, "\(since) is in the future", hint: "check --since and its time zone")
        }
        return (since, until)
    }

    private func id(ofRun run: Int, _ desk: Desk) async throws -> EntryID {
        guard let entry = try await desk.store.entry(at: run) else {
            throw Refusal(
                .unknownName, "run \(run) does not exist",
                hint: Hint("list all runs", run: "ledger runs list"))
        }
        guard entry.kind.ends(with: ".planned") else {
            throw Refusal(
                .unknownName, "entry \(run) is not a run",
                cause: "its kind is \(entry.kind)",
                hint: Hint("list all runs", run: "ledger runs list"))
        }
        return entry.id
    }

    /// Applies the range and `at`.
    private func narrow(_ filter: inout EntryFilter, _ desk: Desk) async throws {
        var low = 1
        var high = filter.sequences.upperBound
        if let range {
            let ends = range.parts(separator: ".", omittingEmptySubsequences: false)
            guard let cut = range.place(of: ".."), ends.count >= 3 else {
                throw ReferenceProblem(
                    "\"\(range)\" is not a range", hint: "write FROM..TO, such as v0.9.9..v1.0.0")
            }
            let environment = filter.environments.first
            let from = String(range[..<cut.lowerBound])
            let to = String(range[cut.upperBound...])
            if !from.isEmpty {
                low =
                    try await desk.projector.sequence(
                        of: desk.reference(from), in: environment) + 1
            }
            if !to.isEmpty {
                high = try await desk.projector.sequence(
                    of: desk.reference(to), in: environment)
            }
            if low > high + 1 {
                throw Refusal(
                    .invalid, "the range is reversed: \(from) comes after \(to)",
                    hint: "write \(to)..\(from)")
            }
        }
        if let upto = try await desk.sequence(at, in: filter.environments.first) {
            high = min(high, upto)
        }
        filter.sequences = low <= high ? low...high : Int.max...Int.max
    }

    /// Throws `Refusal` if the answer is empty and a name in the filter is unknown to the ledger: a
    /// typo must not look like "nothing happened".
    public func refuseUnknown(_ filter: EntryFilter, at desk: Desk) async throws {
        var names: [(what: String, name: String, alone: EntryFilter)] = []
        func ask(_ what: String, _ values: [String], _ set: (inout EntryFilter, String) -> Void) {
            for value in values {
                var alone = EntryFilter()
                set(&alone, value)
                names.append((what, value, alone))
            }
        }
        ask("service", services) { $0.services = [ServiceName(unchecked: $1)] }
        ask("tag", tags) { $0.tags = [ReleaseTag(unchecked: $1)] }
        ask("revision", filter.revisions) { $0.revisions = [$1] }
        ask("digest", filter.digests) { $0.digests = [$1] }
        ask("author", authors) { $0.authors = [$1] }
        for (what, name, alone) in names {
            if try await !desk.store.page(alone, .newestFirst, after: nil, limit: 1).isEmpty {
                continue
            }
            throw Refusal(
                .unknownName, "unknown \(what) \"\(name)\"",
                hint: nearest(to: name, among: try await known(what, desk.projector)).map {
                    "did you mean \($0)?"
                })
        }
    }

    /// The names of one kind in the stored views.
    private func known(_ what: String, _ projector: Projector) async throws -> [String] {
        let states = try await projector.views().flatMap(\.services)
        let releases = try await projector.tags().map(\.subject)
        switch what {
        case "service":
            return Set(
                states.map(\.service.rawValue) + releases.compactMap(\.service?.rawValue)
            ).sorted()
        case "tag":
            // A release that ran may have no recorded image.
            var ran: [PastRelease] = []
            for name in try await projector.environments() {
                ran += try await projector.deployments(of: nil, in: name)
            }
            return Set(
                ran.compactMap(\.release.tag?.rawValue) + releases.compactMap(\.tag?.rawValue)
            ).sorted()
        case "author": return Set(states.map(\.by)).sorted()
        default: return []
        }
    }

    private func short(_ text: String, _ what: String) throws -> String {
        let digits = text.parts(separator: ":", maxSplits: 1).last ?? ""
        let isHexadecimal = digits.unicodeScalars.allSatisfy {
            $0.isASCII && $0.properties.isASCIIHexDigit
        }
        guard digits.utf8.count >= Limits.shortest, isHexadecimal else {
            throw Refusal(
                .invalid, "\"\(text)\" is not a \(what)",
                hint: "write at least \(Limits.shortest) hexadecimal digits")
        }
        return text.lowercased()
    }
}
