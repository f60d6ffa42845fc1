internal import LedgerProof
internal import LedgerText

extension Entry {
    /// The whole entry without its inner tree nodes, under the column names. Entries are exported
    /// and imported in this form.
    public var json: JSONValue {
        var members: [String: JSONValue] = [
            "sequence": JSONValue(sequence), "id": .string(id.description),
            "stream": .string(stream.rawValue), "position": JSONValue(position),
            "kind": .string(kind), "time": .string(time.description),
            "recorded": .string(recorded.description), "by": .string(by.name),
            "known": .string(by.known.rawValue), "payload": payload,
        ]
        for (name, value) in subject.fields { members[name] = .string(value) }
        members["cause"] = draft.cause.map { .string($0.description) }
        members["correlation"] = draft.correlation.map { .string($0.description) }
        members["source"] = draft.source.map { .string($0.name) }
        members["sourceID"] = draft.source.map { .string($0.id) }
        members["salt"] = draft.salt.map {
            .string($0 == .removed ? Self.removedSalt : $0.withBytes { Hex.encode($0) })
        }
        if let redaction = draft.redaction {
            members["payloadHash"] = .string(redaction.payloadHash.rawValue)
            members["redactedBy"] = JSONValue(redaction.decision)
        }
        members["leaf"] = hashes.first.map { .string($0.description) }
        return .object(members)
    }

    /// Stands for a salt that a redaction removed.
    fileprivate static let removedSalt = "removed"

    /// Reads an entry from that form. Of the hashes only the leaf is set. Throws `FieldProblem` if
    /// a member is missing or invalid.
    public init(json: JSONValue) throws(FieldProblem) {
        let members = Members(json: json)
        let payload = try members.need("payload", json["payload"].flatMap(\.object))
        let source = try members.text("source")
        var draft = Draft(
            id: try members.need("id", try members.id("id")),
            kind: try members.need("kind", try members.text("kind")),
            subject: Subject(
                environment: try members.name("environment"), service: try members.name("service"),
                tag: try members.name("tag"), digest: try members.name("digest"),
                revision: try members.name("revision")),
            payload: Canonical.text(.object(payload)), time: try members.time("time"),
            recorded: try members.time("recorded"),
            by: Author(
                name: try members.need("by", try members.text("by")),
                known: try members.need(
                    "known", try members.text("known").flatMap(Author.Known.init(rawValue:)))),
            cause: try members.id("cause"), correlation: try members.id("correlation"),
            source: source == nil
                ? nil
                : Source(
                    name: try members.need("source", source),
                    id: try members.need("sourceID", try members.text("sourceID"))),
            salt: try members.salt())
        if let hash: ContentHash = try members.name("payloadHash") {
            draft.redaction = Redaction(
                payloadHash: hash, decision: try members.number("redactedBy"))
        }
        if (draft.salt == .removed) != (draft.redaction != nil), draft.salt != nil {
            throw FieldProblem(
                field: "salt", reason: "a redaction, and nothing else, removes the salt")
        }
        self.init(
            sequence: try members.number("sequence"),
            stream: try members.need("stream", try members.name("stream")),
            position: try members.number("position"), draft: draft,
            hashes: try members.hash("leaf").map { [$0] } ?? [])
    }
}

/// The members of an entry's JSON; a member that is present must be valid.
private struct Members {
    let json: JSONValue

    func need<T>(_ name: String, _ value: T?) throws(FieldProblem) -> T {
        guard let value else { throw FieldProblem(field: name, reason: "it is missing or invalid") }
        return value
    }

    func text(_ name: String) throws(FieldProblem) -> String? {
        guard let value = json[name] else { return nil }
        return try need(name, value.string)
    }

    func number(_ name: String) throws(FieldProblem) -> Int {
        try need(name, json[name]?.integer.flatMap { $0 > 0 ? $0 : nil })
    }

    func time(_ name: String) throws(FieldProblem) -> Timestamp {
        try need(name, try text(name).flatMap { Timestamp($0) })
    }

    func id(_ name: String) throws(FieldProblem) -> EntryID? {
        guard let text = try text(name) else { return nil }
        return try need(name, EntryID(text))
    }

    func hash(_ name: String) throws(FieldProblem) -> TreeHash? {
        guard let text = try text(name) else { return nil }
        return try need(name, Hex.decode(text).flatMap { TreeHash(bytes: $0) })
    }

    func salt() throws(FieldProblem) -> PayloadSalt? {
        guard let text = try text("salt") else { return nil }
        if text == Entry.removedSalt { return .removed }
        let bytes = Hex.decode(text).flatMap { $0.isEmpty ? nil : $0 }
        return try need("salt", bytes.flatMap { $0.withUnsafeBytes { PayloadSalt($0) } })
    }

    func name<N: Name>(_ name: String) throws(FieldProblem) -> N? {
        guard let text = try text(name) else { return nil }
        do { return try N(text) } catch {
            throw FieldProblem(field: name, reason: error.description)
        }
    }
}
