internal import CommandPorts
package import Ledger
internal import Projections

/// What may be put right, and how that is written down.
package enum CorrectionRules {
    /// The correction stands in the same place as what it corrects, which stands there as
    /// `standing` by now.
    package static func correction(
        of wrong: Entry, standing: Subject, time standingTime: Timestamp?,
        _ fields: [String: String], _ reason: String
    ) throws -> Event {
        var fields = fields
        let time = try fields.removeValue(forKey: "time").map { try Self.time($0, of: wrong) }
        try refuse(wrong, fields)
        var values = try values(of: wrong, fields)
        // What was put right before stays so.
        values["time"] = (time ?? standingTime).map { .string($0.description) }
        let was = Dictionary(
            uniqueKeysWithValues: standing.fields.map { ($0.name, JSONValue.string($0.value)) })
        var members = was
        var others: [String: JSONValue] = [:]
        for (name, value) in values {
            if Subject.names.contains(name) { members[name] = value } else { others[name] = value }
        }
        let changed = was.filter { members[$0.key] != $0.value }
        // A tag is known by its service; both tell where the wrong word stands.
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

    /// When a deploy that somebody told of happened.
    private static func time(_ text: String, of wrong: Entry) throws -> Timestamp {
        let ends: Set<String> = [
            EventKind.deployFinished.rawValue, EventKind.revertFinished.rawValue,
        ]
        guard ends.contains(wrong.kind), !wrong.isOfOwnRun else {
            throw Refusal(
                .notPossible, "the time of entry \(wrong.sequence) cannot be corrected",
                cause:
                    "only a deploy or revert that somebody told of has another time than its own",
                hint: "add what you know: ledger note --about \(wrong.sequence) …")
        }
        guard let time = Timestamp(text) else {
            throw FieldProblem(
                field: "time", reason: "\"\(text)\" is no time: write 2026-11-20T12:00:00Z")
        }
        guard time <= wrong.recorded else {
            throw FieldProblem(
                field: "time", reason: "it was recorded at \(wrong.recorded), before that")
        }
        return time
    }

    private static func refuse(_ wrong: Entry, _ fields: [String: String]) throws {
        if let first = wrong.corrects {
            throw Refusal(
                .notPossible, "entry \(wrong.sequence) is a correction itself",
                hint: "correct what it is about once more: ledger correct \(first) …")
        }
        // What was deployed and seen is the way back: another digest never ran there.
        if wrong.isOfOwnRun, wrong.payload["bundle"] != nil, fields["digest"] != nil {
            throw Refusal(
                .notPossible, "the digest of entry \(wrong.sequence) is what this ledger brought",
                cause: "its own run deployed that image; a rollback would run another one",
                hint: "if something else runs, look at it: ledger status --check")
        }
        if let hint = instead(of: wrong, fields) {
            throw Refusal(
                .notPossible, "nothing would follow from that correction of a \(wrong.kind)",
                cause: "a correction changes what an entry is about: its tag, digest, revision",
                hint: hint)
        }
        if let name = fields.keys.sorted().first(where: { isRead($0, of: wrong) }) {
            throw Refusal(
                .notPossible, "nothing would follow from a correction of \"\(name)\"",
                cause: "a correction changes what an entry is about: its tag, digest, revision",
                hint: "record what is true: ledger record \(wrong.kind) …")
        }
        guard let place = wrong.subject.environment,
            let name = ["environment", "service"].first(where: { fields[$0] != nil })
        else { return }
        throw Refusal(
            .notPossible, "entry \(wrong.sequence) cannot be moved to another \(name)",
            cause: "it stands in the history of \(place)",
            hint: "record what is true, in its right place: ledger record \(wrong.kind) …")
    }

    /// What the fields are to say. Each must be one that the wrong entry could have had.
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

    /// Whether something is decided by the field of that entry: a correction would not reach it.
    private static func isRead(_ name: String, of wrong: Entry) -> Bool {
        let kind = EventKind(rawValue: wrong.kind)
        let type = kind?.fields.first { $0.name == name }?.type
        guard let kind, let type, !Subject.names.contains(name) else { return false }
        // Of numbers people alone read most.
        return !kind.isProse(name) && (type != "number" || ["parents", "number"].contains(name))
    }

    /// What to do instead of a correction that nobody would read; `nil` if it is read.
    private static func instead(of wrong: Entry, _ fields: [String: String]) -> String? {
        switch EventKind(rawValue: wrong.kind) {
        case .fenceRaised, .fenceLifted:
            "say what is to stand: ledger fence raise, ledger fence lift"
        case .pinSet, .pinRemoved: "say what is to stand: ledger pin set, ledger pin remove"
        case .freezeStarted, .freezeEnded:
            "say what is to stand: ledger record freeze.ended, ledger record freeze.started"
        case .hostObserved, .healthObserved:
            "record what is seen now: ledger record \(wrong.kind) …"
        case .migrationApplied where fields["irreversible"] != nil || fields["name"] != nil:
            "record the migration once more, as it is"
        case .deployFinished, .revertFinished:
            fields["verified"] == nil
                ? nil : "record what is seen now: ledger record host.observed …"
        case .deployPlanned, .revertPlanned, .deployApproved, .revertApproved, .stepStarted,
            .stepFinished, .leaseGranted, .leaseTaken, .leaseReleased:
            "ledger wrote it as it happened; add what you know: ledger note --about \(wrong.sequence) …"
        default: nil
        }
    }
}
