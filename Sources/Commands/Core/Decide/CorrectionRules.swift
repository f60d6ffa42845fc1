internal import CommandPorts
package import Ledger
internal import Projections

/// Which entries can be corrected, and how a correction is recorded.
package enum CorrectionRules {
    /// The correction is recorded in the same stream as the entry that it corrects. `standing`
    /// holds that entry's current values.
    package static func correction(
        of wrong: Entry, standing: Subject, time standingTime: Timestamp?,
        _ fields: [String: String], _ reason: String
    ) throws -> Event {
        var fields = fields
        let time = try fields.removeValue(forKey: "time").map { try Self.time($0, of: wrong) }
        try refuse(wrong, fields)
        var values = try values(of: wrong, fields)
        // Earlier corrections stay in effect.
        values["time"] = (time ?? standingTime).map { .string($0.description) }
        let was = Dictionary(
            uniqueKeysWithValues: standing.fields.map { ($0.name, JSONValue.string($0.value)) })
        var members = was
        var others: [String: JSONValue] = [:]
        for (name, value) in values {
            if Subject.names.contains(name) { members[name] = value } else { others[name] = value }
        }
        let changed = was.filter { members[$0.key] != $0.value }
        // A tag belongs to a service; both identify the wrong value.
        let old = was.filter { changed[$0.key] != nil || ["tag", "service"].contains($0.key) }
        members["was"] = changed.isEmpty ? nil : .object(old)
        members["fields"] = others.isEmpty ? nil : .object(others)
        let hasFailed = wrong.payload["outcome"]?.string == Outcome.failed.rawValue
        members["of"] = hasFailed ? nil : .string(wrong.kind)
        members["entry"] = .string(wrong.id.description)
        members["corrects"] = JSONValue(wrong.sequence)
        members["reason"] = .string(reason)
        return try Event(kind: EventKind.eventCorrected.rawValue, fields: .object(members))
    }

    /// The time of a deploy that was recorded by hand.
    private static func time(_ text: String, of wrong: Entry) throws -> Timestamp {
        let ends: Set<String> = [
            EventKind.deployFinished.rawValue, EventKind.revertFinished.rawValue,
        ]
        guard ends.contains(wrong.kind), !wrong.isOfOwnRun else {
            throw Refusal(
                .notPossible, "the time of entry \(wrong.sequence) cannot be corrected",
                cause:
                    "only a deploy or revert that was recorded by hand has a separate time",
                hint: Hint("add a note", run: "ledger note --about \(wrong.sequence) …"))
        }
        guard let time = Timestamp(text) else {
            throw FieldProblem(
                field: "time", reason: "\"\(text)\" is not a time; example: 2026-11-20T12:00:00Z")
        }
        guard time <= wrong.recorded else {
            throw FieldProblem(
                field: "time", reason: "later than its recording at \(wrong.recorded)")
        }
        return time
    }

    private static func refuse(_ wrong: Entry, _ fields: [String: String]) throws {
        if let first = wrong.corrects {
            throw Refusal(
                .notPossible, "entry \(wrong.sequence) is itself a correction",
                hint: Hint("correct the original entry again", run: "ledger correct \(first) …"))
        }
        // The observed digest of a deploy is the rollback target. Another digest never ran there.
        if wrong.isOfOwnRun, wrong.payload["bundle"] != nil, fields["digest"] != nil {
            throw Refusal(
                .notPossible, "the digest of entry \(wrong.sequence) was deployed by this ledger",
                cause: "a rollback would run an image that this run did not deploy",
                hint: Hint("if another image runs, observe it", run: "ledger status --check"))
        }
        if let hint = instead(of: wrong, fields) {
            throw Refusal(
                .notPossible, "this correction of a \(wrong.kind) would have no effect",
                cause: "a correction can change only the tag, digest or revision of an entry",
                hint: hint)
        }
        if let name = fields.keys.sorted().first(where: { isRead($0, of: wrong) }) {
            throw Refusal(
                .notPossible, "a correction of \"\(name)\" would have no effect",
                cause: "a correction can change only the tag, digest or revision of an entry",
                hint: Hint("record the correct fact", run: "ledger record \(wrong.kind) …"))
        }
        guard let place = wrong.subject.environment,
            let name = ["environment", "service"].first(where: { fields[$0] != nil })
        else { return }
        throw Refusal(
            .notPossible, "entry \(wrong.sequence) cannot be moved to another \(name)",
            cause: "it belongs to the history of \(place)",
            hint: Hint(
                "record the correct fact as a new entry", run: "ledger record \(wrong.kind) …"))
    }

    /// The corrected field values. The kind of the wrong entry must have each field.
    private static func values(
        of wrong: Entry, _ fields: [String: String]
    ) throws -> [String: JSONValue] {
        let kind = EventKind(rawValue: wrong.kind)
        let known = kind?.fields ?? []
        var values: [String: JSONValue] = [:]
        for (name, text) in fields.sorted(by: { $0.key < $1.key }) {
            guard let field = known.first(where: { $0.name == name }) else {
                let near = nearest(to: name, among: known.map(\.name))
                throw FieldProblem(
                    field: name,
                    reason: "\(wrong.kind) has no such field"
                        + (near.map { "; did you mean \"\($0)\"?" } ?? ""))
            }
            values[name] = try field.value(of: text)
        }
        var example = try kind?.example.fields.object ?? [:]
        example.merge(values) { $1 }
        _ = try Event(kind: wrong.kind, fields: .object(example))
        return values
    }

    /// Whether a decision reads that field of the entry: a correction would not reach it.
    private static func isRead(_ name: String, of wrong: Entry) -> Bool {
        let kind = EventKind(rawValue: wrong.kind)
        let type = kind?.fields.first { $0.name == name }?.type
        guard let kind, let type, !Subject.names.contains(name) else { return false }
        // Most number fields are only for people to read.
        return !kind.isProse(name) && (type != "number" || ["parents", "number"].contains(name))
    }

    /// What to do instead of a correction that would have no effect; `nil` if it has one.
    private static func instead(of wrong: Entry, _ fields: [String: String]) -> Hint? {
        switch EventKind(rawValue: wrong.kind) {
        case .fenceRaised, .fenceLifted:
            "set the fence: ledger fence raise, ledger fence lift"
        case .pinSet, .pinRemoved: "set the pin: ledger pin set, ledger pin remove"
        case .freezeStarted, .freezeEnded:
            "set the freeze: ledger freeze end, ledger freeze start"
        case .hostObserved, .healthObserved:
            Hint("record a new observation", run: "ledger record \(wrong.kind) …")
        case .migrationApplied where fields["irreversible"] != nil || fields["name"] != nil:
            "record the migration again with the correct values"
        case .deployFinished, .revertFinished:
            fields["verified"] == nil
                ? nil : Hint("record a new observation", run: "ledger record host.observed …")
        case .deployPlanned, .revertPlanned, .deployApproved, .revertApproved, .stepStarted,
            .stepFinished, .leaseGranted, .leaseTaken, .leaseReleased:
            Hint(
                "ledger recorded it during the run; add a note",
                run: "ledger note --about \(wrong.sequence) …")
        default: nil
        }
    }
}
