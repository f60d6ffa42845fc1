internal import ArgumentParser
internal import CommandPorts
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// `ledger show`
struct ShowVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an entry, or trace a commit, image or tag",
        discussion: """
            A number or an id shows that entry. `production~1` shows the entry of a deploy. A tag, \
            revision or digest shows its history: commit, change, checks, build, image, \
            environments.

            Example: ledger show 118
            Example: ledger show v1.0.0
            Example: ledger show 118 --body
            """)
    @Argument(
        help: "A sequence, an entry's id, a tag, a revision or a digest (or its first digits).")
    var name: String
    @Flag(help: "Print only the stored body of a delivery.")
    var body = false
    @OptionGroup var at: AtOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.asking { desk in
            let projector = desk.projector
            let sequence = try await wiring.desk(projector).sequence(at.at, in: nil)
            if let entry = try await entry(wiring, projector), entry.sequence <= sequence ?? .max {
                if body { return try await kept(entry, projector.store) }
                let lines =
                    try await corrections(of: entry, projector, sequence)
                    + gaps(entry, projector.store)
                let commits = try await commits(of: entry, wiring, projector)
                return Answer(
                    EntryText.long(entry) + lines.map { .line($0) } + commits, json: entry.json)
            }
            return try await lineage(wiring, projector, upto: sequence)
        }
    }

    /// The later corrections of an entry: the right values, the author and the reason.
    private func corrections(
        of entry: Entry, _ projector: Projector, _ upto: Int?
    ) async throws -> [String] {
        var filter = EntryFilter()
        filter.kinds = [EventKind.eventCorrected.rawValue]
        if let upto { filter.limit(upto: upto) }
        var lines: [String] = []
        try await projector.store.each(filter) { correction in
            guard correction.corrects == entry.sequence else { return }
            let said = entry.subject.fields.map { "\($0.name)=\($0.value)" }
            let right = correction.subject.fields.map { "\($0.name)=\($0.value)" }
                .filter { !said.contains($0) }
            lines.append(
                "entry \(correction.sequence) corrected it at \(correction.time): "
                    + right.joined(separator: ", ")
                    + ", by \(correction.by.name): \(correction.payload["reason"]?.string ?? "")")
        }
        return lines
    }

    /// The redactions of an entry: the fields, the time, the authors and the reason.
    private func gaps(_ entry: Entry, _ store: any EventReader) async throws -> [String] {
        try await store.decisions(about: entry).map { decision, what in
            let who = ([decision.by.name] + (what.approvedBy ?? [])).joined(separator: " with ")
            return
                "entry \(decision.sequence) redacted \(what.fields.joined(separator: ", ")) at "
                + "\(decision.time), by \(who): \(what.reason)"
        }
    }

    /// The commits that a deploy or revert added and removed, relative to the release before it.
    private func commits(
        of entry: Entry, _ wiring: Wiring, _ projector: Projector
    ) async throws -> [Answer.Block] {
        guard let name = entry.subject.environment, let to = Release(entry.subject) else {
            return []
        }
        let all = try await projector.deployments(of: to.service, in: name)
        guard let place = all.firstIndex(where: { $0.entry == entry.sequence }), place > 0 else {
            return []
        }
        let from = all[place - 1].release
        let shipment = try await projector.shipment(
            from: from, to: to, atHand: wiring.commitsAtHand)
        return CommitText.blocks(shipment, of: [to.service], from: from, to: to)
    }

    /// The commits of each deploy of a release. None in a pipe, where a list contains only rows.
    private func commits(
        of lineage: Lineage, _ wiring: Wiring, _ projector: Projector
    ) async throws -> [Answer.Block] {
        guard wiring.console.isTerminal else { return [] }
        var blocks: [Answer.Block] = []
        for entry in lineage.entries[.environment] ?? [] {
            let commits = try await commits(of: entry, wiring, projector)
            let name = entry.subject.environment?.rawValue ?? ""
            if !commits.isEmpty { blocks.append(.line("\(name), entry \(entry.sequence):")) }
            blocks += commits
        }
        return blocks
    }

    private func kept(_ entry: Entry, _ store: any EventReader) async throws -> Answer {
        let event = try Event(kind: entry.kind, fields: entry.fields)
        guard case .received(let delivery) = event,
            let bytes = try await store.content(delivery.body)
        else {
            throw Refusal(
                .invalid, "entry \(entry.sequence) has no body",
                cause: "its kind is \(entry.kind); only delivery.received has a body",
                hint: "list deliveries: ledger log --kind delivery.received")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return Answer(
            [.text(text.ends(with: "\n") ? text : text + "\n")],
            json: .object(["body": .string(text)]))
    }

    private func entry(_ wiring: Wiring, _ projector: Projector) async throws -> Entry? {
        // `production~1`, `production#42`: the entry that finished that deploy.
        if name.holds("~") || name.holds("#") {
            let past = try await projector.past(try await wiring.desk(projector).reference(name))
                .last
            if let past { return try await projector.store.entry(at: past.entry) }
        }
        if let number = Int(name), name.count < 10 {
            return try await projector.store.entry(at: number)
        }
        guard let id = EntryID(name) else { return nil }
        return try await projector.store.entry(id)
    }

    private func lineage(
        _ wiring: Wiring, _ projector: Projector, upto: Int?
    ) async throws -> Answer {
        var lineage = Lineage()
        for var filter in Projector.filters(for: name) {
            if let upto { filter.limit(upto: upto) }
            try await refuseAmbiguous(filter, projector)
            if !filter.tags.isEmpty {
                var found: [Entry] = []
                try await projector.store.each(filter) { found.append($0) }
                for entry in found {
                    lineage.add(entry)
                    guard let revision = entry.subject.revision else { continue }
                    let whole = try await projector.lineage(
                        revision: revision.rawValue, digest: nil, at: upto)
                    for entry in whole.entries.values.joined() { lineage.add(entry) }
                }
            } else {
                let whole = try await projector.lineage(
                    revision: filter.revisions.first, digest: filter.digests.first, at: upto)
                for entry in whole.entries.values.joined() { lineage.add(entry) }
            }
            if !lineage.entries.isEmpty { break }
        }
        if lineage.entries.isEmpty {
            throw Refusal(
                .unknownName, "unknown name \"\(name)\"",
                cause: Int(name) == nil
                    ? nil : "the ledger ends at entry \(try await projector.store.head().sequence)",
                hint: try await projector.hint(for: name, in: nil))
        }
        let rows = Lineage.Station.allCases.flatMap { station in
            (lineage.entries[station] ?? []).sorted { $0.sequence < $1.sequence }.map { entry in
                [
                    Cell(station.rawValue), Cell(entry.sequence), Cell(entry.time),
                    Cell(entry.kind),
                    Cell(
                        entry.subject.environment?.rawValue ?? entry.subject.service?.rawValue),
                    Cell(EntryText.about(entry)),
                ]
            }
        }
        let columns: [Column] = [
            "station", Column("entry", .leaves(1)), "time", "kind", "where",
            Column("about", .wraps),
        ]
        let shipped = try await commits(of: lineage, wiring, projector)
        return Answer(
            [.grid(Answer.Grid(columns, rows))]
                + shipped,
            json: .object(
                Dictionary(
                    uniqueKeysWithValues: lineage.entries.map { station, entries in
                        (
                            station.rawValue,
                            .array(
                                entries.sorted { $0.sequence < $1.sequence }.map(\.json))
                        )
                    })))
    }
}

extension ShowVerb {
    /// Throws `Refusal` if several commits or images begin with the given digits.
    private func refuseAmbiguous(_ filter: EntryFilter, _ projector: Projector) async throws {
        if filter.revisions.isEmpty, filter.digests.isEmpty { return }
        var whole: Set<String> = []
        try await projector.store.each(filter) { entry in
            let subject = entry.subject
            let found =
                filter.digests.isEmpty ? subject.revision?.rawValue : subject.digest?.rawValue
            // The short and the long form of a revision count as one.
            guard let found, !whole.contains(where: { $0.begins(with: found) }) else { return }
            whole = whole.filter { !found.begins(with: $0) }
            whole.insert(found)
        }
        guard whole.count > 1 else { return }
        throw Refusal(
            .ambiguous, "\"\(name)\" is ambiguous",
            cause: whole.sorted().prefix(5).joined(separator: ", "), hint: "write more digits")
    }
}
