internal import Ledger
internal import Projections

/// What may be put right, and how that is written down.
enum CorrectionRules {
    /// The correction stands in the same place as what it corrects, which stands there as
    /// `standing` by now.
    static func correction(
        of wrong: Entry, standing: Subject, _ fields: [String: String], _ reason: String
    ) throws -> Event {
        try refuse(wrong, fields)
        let was = Dictionary(
            uniqueKeysWithValues: standing.fields.map { ($0.name, JSONValue.string($0.value)) })
        var members = was
        var others: [String: JSONValue] = [:]
        for (name, value) in fields {
            if Subject.names.contains(name) {
                members[name] = .string(value)
            } else {
                others[name] = .string(value)
            }
        }
        let changed = was.filter { members[$0.key] != $0.value }
        // A tag is known by its service; both tell where the wrong word stands.
        let old = was.filter { changed[$0.key] != nil || ["tag", "service"].contains($0.key) }
        members["was"] = changed.isEmpty ? nil : .object(old)
        members["fields"] = others.isEmpty ? nil : .object(others)
        members["entry"] = .string(wrong.id.description)
        members["corrects"] = JSONValue(wrong.sequence)
        members["reason"] = .string(reason)
        return try Event(kind: EventKind.eventCorrected.rawValue, fields: .object(members))
    }

    private static func refuse(_ wrong: Entry, _ fields: [String: String]) throws {
        if let first = wrong.corrects {
            throw Refusal(
                .notPossible, "entry \(wrong.sequence) is a correction itself",
                hint: "correct what it is about once more: ledger correct \(first) …")
        }
        let known = EventKind(rawValue: wrong.kind)?.fields.map(\.name) ?? []
        for name in fields.keys.sorted() where !known.contains(name) {
            let near = nearest(to: name, among: known)
            throw FieldProblem(
                field: name,
                reason: "\(wrong.kind) has no such field"
                    + (near.map { "; did you mean \"\($0)\"?" } ?? ""))
        }
        guard let place = wrong.subject.environment,
            let name = ["environment", "service"].first(where: { fields[$0] != nil })
        else { return }
        throw Refusal(
            .notPossible, "entry \(wrong.sequence) cannot be moved to another \(name)",
            cause: "what \(place) runs instead does not follow from it",
            hint: "record what runs in both places: ledger record deploy.finished …")
    }
}
