internal import ArgumentParser
internal import Commands
internal import Ledger
internal import Projections

/// Flags that narrow a list of entries.
struct FilterOptions: ParsableArguments {
    @Option(name: [.customShort("e"), .customLong("environment")], help: "Only this environment.")
    var environments: [String] = []
    @Option(name: .customLong("service"), help: "Only this service.")
    var services: [String] = []
    @Option(name: .customLong("tag"), help: "Only this tag.")
    var tags: [String] = []
    @Option(name: .customLong("revision"), help: "Only this commit, or its first digits.")
    var revisions: [String] = []
    @Option(name: .customLong("digest"), help: "Only this image digest, or its first digits.")
    var digests: [String] = []
    @Option(name: .customLong("kind"), help: "Only this kind (deploy.finished) or family (deploy).")
    var kinds: [String] = []
    @Option(name: .customLong("author"), help: "Only what this person or program did.")
    var authors: [String] = []
    @Option(name: .customLong("status"), help: "Only what ended so: succeeded, failed, finished, …")
    var outcomes: [String] = []
    @Option(help: "Only what happened then or later.")
    var since: String?
    @Option(help: "Only what happened before then.")
    var until: String?
    @Option(name: .customLong("text"), help: "Only entries that contain this text.")
    var text: String?
    @Option(name: .customLong("run"), help: "Only the entries of this run.")
    var runNumber: Int?

    /// The filter; names that the ledger does not know are refused, with the nearest.
    func filter(_ wiring: Wiring, _ projector: Projector) async throws -> EntryFilter {
        var filter = EntryFilter()
        for name in environments {
            filter.environments.append(try await wiring.environment(name, projector))
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
                    .unknownName, "there is no kind of event \"\(kind)\"",
                    hint: nearest(to: kind, among: all + families.sorted())
                        .map { "did you mean \($0)?" } ?? "see them: ledger record --kinds")
            }
        }
        filter.kinds = kinds
        filter.authors = authors
        filter.outcomes = outcomes
        filter.text = text
        filter.since = try since.map(wiring.time)
        filter.until = try until.map(wiring.time)
        if let since = filter.since, let until = filter.until, since >= until {
            throw Refusal(
                .invalid, "the time range is reversed: \(since) is not before \(until)",
                hint: "swap --since and --until")
        }
        if let since = filter.since, since > wiring.now {
            throw Refusal(
                .invalid, "\(since) is still to come", hint: "check --since and its time zone")
        }
        if let runNumber {
            guard let entry = try await projector.store.entry(at: runNumber) else {
                throw Refusal(
                    .unknownName, "there is no run \(runNumber)", hint: "ledger runs list")
            }
            filter.correlations = [entry.id]
        }
        return filter
    }

    private func short(_ text: String, _ what: String) throws -> String {
        let digits = text.contains(":") ? text.drop { $0 != ":" }.dropFirst() : text[...]
        guard digits.count >= Limits.shortest, digits.allSatisfy(\.isHexDigit) else {
            throw Refusal(
                .invalid, "\"\(text)\" is no \(what)",
                hint: "at least \(Limits.shortest) hexadecimal digits are wanted")
        }
        return text.lowercased()
    }
}
