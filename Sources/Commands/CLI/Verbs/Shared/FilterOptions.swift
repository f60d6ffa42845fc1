internal import ArgumentParser
internal import CommandPorts
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// Flags that narrow a list of entries.
struct FilterOptions: ParsableArguments {
    @Option(
        name: [.customShort("e"), .customLong("environment")], help: "Only this environment.",
        completion: .live(.environments))
    var environments: [String] = []
    @Option(name: .customLong("service"), help: "Only this service.", completion: .live(.services))
    var services: [String] = []
    @Option(name: .customLong("tag"), help: "Only this tag.", completion: .live(.tags))
    var tags: [String] = []
    @Option(name: .customLong("revision"), help: "Only this commit (or its first digits).")
    var revisions: [String] = []
    @Option(name: .customLong("digest"), help: "Only this image digest (or its first digits).")
    var digests: [String] = []
    @Option(
        name: .customLong("kind"), help: "Only this kind (deploy.finished) or family (deploy).",
        completion: .live(.kinds))
    var kinds: [String] = []
    @Option(
        name: [.customLong("by"), .customLong("author")],
        help: "Only entries by this person or program.")
    var authors: [String] = []
    @Option(name: .customLong("status"), help: "Only this outcome: succeeded, failed, finished, …")
    var outcomes: [String] = []
    @Option(help: "Only events at or after this time.")
    var since: String?
    @Option(help: "Only events before this time.")
    var until: String?
    @Option(name: .customLong("text"), help: "Only entries that contain this text.")
    var text: String?
    @Option(name: .customLong("run"), help: "Only the entries of this run.")
    var runNumber: Int?

    /// Whether single entries are asked for, rather than what happened.
    var selectsEntries: Bool {
        !kinds.isEmpty || !outcomes.isEmpty || text != nil || runNumber != nil || !digests.isEmpty
            || !revisions.isEmpty || !tags.isEmpty || !authors.isEmpty
    }

    /// Makes the filter. Refuses unknown names, and suggests the nearest known name.
    func filter(_ wiring: Wiring, _ projector: Projector) async throws -> EntryFilter {
        var filter = EntryFilter()
        for name in environments {
            filter.environments.append(try await wiring.desk(projector).environment(name))
        }
        filter.services = try services.map { try ServiceName($0) }
        filter.tags = try tags.map { try ReleaseTag($0) }
        filter.revisions = try revisions.map { try short($0, "revision") }
        filter.digests = try digests.map { try short($0, "digest") }
        for kind in kinds {
            let all = EventKind.allCases.map(\.rawValue)
            let families = Set(all.map { String($0.prefix { $0 != "." }) })
            if !all.contains(kind), !families.contains(kind) {
                throw Refusal(
                    .unknownName, "unknown kind of event \"\(kind)\"",
                    hint: nearest(to: kind, among: all + families.sorted())
                        .map { "did you mean \($0)?" } ?? "list the kinds: ledger record --kinds")
            }
        }
        filter.kinds = kinds
        filter.authors = authors
        let ends = Set(Outcome.allCases.map(\.rawValue))
            .union(EventKind.allCases.map { String($0.rawValue.drop { $0 != "." }.dropFirst()) })
        for outcome in outcomes where !ends.contains(outcome) {
            throw Refusal(
                .unknownName, "unknown outcome \"\(outcome)\"",
                hint: nearest(to: outcome, among: ends.sorted()).map { "did you mean \($0)?" }
                    ?? "for example: succeeded, failed, finished, abandoned")
        }
        filter.outcomes = outcomes
        filter.text = text
        filter.since = try since.map { try Desk.time($0, now: wiring.now) }
        filter.until = try until.map { try Desk.time($0, now: wiring.now) }
        if let since = filter.since, let until = filter.until, since >= until {
            throw Refusal(
                .invalid, "the time range is reversed: \(since) is not before \(until)",
                hint: "swap --since and --until")
        }
        if let since = filter.since, since > wiring.now {
            throw Refusal(
                .invalid, "\(since) is in the future", hint: "check --since and its time zone")
        }
        if let runNumber {
            guard let entry = try await projector.store.entry(at: runNumber) else {
                throw Refusal(
                    .unknownName, "run \(runNumber) does not exist",
                    hint: "list all runs: ledger runs list")
            }
            guard entry.kind.ends(with: ".planned") else {
                throw Refusal(
                    .unknownName, "entry \(runNumber) is not a run",
                    cause: "its kind is \(entry.kind)", hint: "list all runs: ledger runs list")
            }
            filter.correlations = [entry.id]
        }
        return filter
    }

    /// Throws `Refusal` if the answer is empty and a name in the filter is unknown to the ledger: a
    /// typo must not look like "nothing happened".
    func refuseUnknown(_ filter: EntryFilter, _ projector: Projector) async throws {
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
            if try await !projector.store.page(alone, .newestFirst, after: nil, limit: 1).isEmpty {
                continue
            }
            throw Refusal(
                .unknownName, "unknown \(what) \"\(name)\"",
                hint: nearest(to: name, among: try await known(what, projector)).map {
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
            return Set(
                states.compactMap(\.release?.tag?.rawValue) + releases.compactMap(\.tag?.rawValue)
            ).sorted()
        case "author": return Set(states.map(\.by)).sorted()
        default: return []
        }
    }

    private func short(_ text: String, _ what: String) throws -> String {
        let digits = text.holds(":") ? text.drop { $0 != ":" }.dropFirst() : text[...]
        guard digits.count >= Limits.shortest, digits.allSatisfy(\.isHexDigit) else {
            throw Refusal(
                .invalid, "\"\(text)\" is not a \(what)",
                hint: "write at least \(Limits.shortest) hexadecimal digits")
        }
        return text.lowercased()
    }
}
