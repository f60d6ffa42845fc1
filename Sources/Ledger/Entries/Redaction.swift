internal import LedgerText

/// What was taken out of a payload by a recorded decision (`payload.redacted`).
///
/// The leaf of an entry binds the SHA-256 of its payload, so the payload may lose bytes and every
/// proof still holds; the decision binds the SHA-256 of what is left.
public struct Redaction: Hashable, Sendable {
    /// SHA-256 of the payload as it was recorded: what the leaf binds.
    public let payloadHash: ContentHash
    /// The sequence of the decision that took bytes out last.
    public let decision: Int

    public init(payloadHash: ContentHash, decision: Int) {
        self.payloadHash = payloadHash
        self.decision = decision
    }

    /// What stands in the place of a text that was taken out.
    public static let mark = "***"

    /// A payload without the bytes of some fields.
    public struct Rest: Hashable, Sendable {
        /// Canonical JSON (RFC 8785).
        public let payload: String
        /// What was taken out, field by field.
        public let taken: [JSONValue]
    }

    /// The payload without these fields: each a name, or a JSON Pointer (RFC 6901) that begins
    /// with `/`. A text is replaced by `mark`, anything else is left out.
    ///
    /// Throws `FieldProblem` if there is no such field, or nothing in it any more.
    public static func rest(
        of payload: JSONValue, without fields: [String]
    ) throws(FieldProblem) -> Rest {
        var (rest, taken) = (payload, [JSONValue]())
        for field in fields {
            guard let path = path(field), let value = take(path[...], from: &rest) else {
                let there = (payload.object ?? [:]).keys.sorted().joined(separator: ", ")
                throw FieldProblem(
                    field: field,
                    reason:
                        "the payload has no such field; it has \(there.isEmpty ? "none" : there)")
            }
            if value.string == mark || value == .null {
                throw FieldProblem(field: field, reason: "it was taken out already")
            }
            taken.append(value)
        }
        return Rest(payload: Canonical.text(rest), taken: taken)
    }

    /// The steps from the payload to what a field names; `nil` if it names nothing.
    static func path(_ field: String) -> [String]? {
        guard field.begins(with: "/") else { return [field] }
        return field.dropFirst().parts(separator: "/", omittingEmptySubsequences: false).map {
            String($0).exchanging("~1", for: "/").exchanging("~0", for: "~")
        }
    }

    /// Takes the value at a path out, and gives it; `nil` if there is none.
    private static func take(_ path: ArraySlice<String>, from value: inout JSONValue) -> JSONValue?
    {
        guard let name = path.first else { return nil }
        let rest = path.dropFirst()
        switch value {
        case .object(var members):
            guard var member = members[name] else { return nil }
            let taken = rest.isEmpty ? member : take(rest, from: &member)
            guard let taken else { return nil }
            if rest.isEmpty { member = .string(mark) }
            members[name] = rest.isEmpty && taken.string == nil ? nil : member
            value = .object(members)
            return taken
        case .array(var elements):
            guard let place = Int(name), String(place) == name, elements.indices.contains(place)
            else { return nil }
            let taken = rest.isEmpty ? elements[place] : take(rest, from: &elements[place])
            guard let taken else { return nil }
            // The others keep their places.
            if rest.isEmpty { elements[place] = taken.string == nil ? .null : .string(mark) }
            value = .array(elements)
            return taken
        default: return nil
        }
    }
}

extension Draft {
    /// SHA-256 of the payload as it was recorded.
    public var payloadHash: ContentHash {
        redaction?.payloadHash ?? ContentHash(of: Array(payload.utf8))
    }
}

extension Redacted {
    /// Whoever checks the ledger needs these whole, and no secret is in them.
    public static let keptWhole: Set<String> = Set(
        [.payloadRedacted, .keyChanged, .ledgerMerged].map(\EventKind.rawValue))

    /// Whether a field may be taken out of an entry of the kind. Of a kind that this program does
    /// not know nothing follows.
    private static func mayTake(_ field: String, of kind: String) -> Bool {
        guard let name = Redaction.path(field)?.first else { return false }
        return EventKind(rawValue: kind)?.isProse(name) ?? true
    }

    /// Whether the entry is as this decision, the last about it, has left it.
    public func holds(of entry: Entry) -> Bool {
        self.entry == entry.id && !Self.keptWhole.contains(entry.kind)
            && fields.allSatisfy { Self.mayTake($0, of: entry.kind) }
            && payload == entry.draft.payloadHash
            && left == ContentHash(of: Array(entry.draft.payload.utf8))
            // What was taken out is a mark, or is not there.
            && fields.allSatisfy { (try? Redaction.rest(of: entry.payload, without: [$0])) == nil }
    }

    /// The decision to take fields out of an entry's payload, and what it leaves.
    ///
    /// Throws `FieldProblem` if there is no such field, if something follows from it, or if the
    /// entry could not be read without it.
    public init(_ fields: [String], of entry: Entry, reason: String) throws {
        let rest = try Redaction.rest(of: entry.payload, without: fields)
        if let field = fields.first(where: { !Self.mayTake($0, of: entry.kind) }) {
            throw FieldProblem(
                field: field,
                reason: "what the ledger means follows from it, and it stays; only what people "
                    + "alone read is taken out")
        }
        var left = entry
        left.draft.payload = rest.payload
        if case .unknown = left.event, EventKind(rawValue: entry.kind) != nil {
            throw FieldProblem(
                field: fields.joined(separator: ", "),
                reason: "\(entry.kind) cannot be read without it")
        }
        self.init(
            entry: entry.id, fields: fields, reason: reason,
            payload: entry.draft.payloadHash, left: ContentHash(of: Array(rest.payload.utf8)))
    }

    /// The entry as the decision leaves it, and what it takes out; `nil` if it is so already.
    ///
    /// Throws `StoreProblem` if the decision does not fit the entry.
    package func applied(to entry: Entry, by decision: Int) throws(StoreProblem) -> (
        entry: Entry, taken: [JSONValue]
    )? {
        // A copy of another ledger brings entries as later decisions have left them.
        if let redaction = entry.draft.redaction, redaction.decision >= decision,
            redaction.payloadHash == payload
        {
            return nil
        }
        guard !Self.keptWhole.contains(entry.kind),
            fields.allSatisfy({ Self.mayTake($0, of: entry.kind) }),
            let rest = try? Redaction.rest(of: entry.payload, without: fields),
            entry.draft.payloadHash == payload, ContentHash(of: Array(rest.payload.utf8)) == left
        else {
            throw StoreProblem(
                .input, "the decision does not fit entry \(entry.sequence)",
                cause: "its payload is another than the decision was made of, or what the ledger "
                    + "means follows from what it takes out",
                hint: "use `ledger redact`, which makes it of the entry as it is")
        }
        var result = entry
        result.draft.payload = rest.payload
        result.draft.redaction = Redaction(payloadHash: payload, decision: decision)
        return (result, rest.taken)
    }

    /// A decision about what is not there.
    package static var noEntry: StoreProblem {
        StoreProblem(
            .input, "the decision names no entry of this ledger",
            hint: "use `ledger redact`, which makes it of an entry")
    }
}

extension Entry {
    /// Bytes that a stored view's meaning hangs on stay.
    package func decides(_ key: String) -> StoreProblem {
        StoreProblem(
            .input, "nothing was taken out: \(key) would be told otherwise",
            cause: "what entry \(sequence) says there decides what the ledger means",
            hint: "correct it instead, which leaves both to be seen: ledger correct")
    }
}

extension ViewRow {
    /// Whether another line says the same but for texts that were taken out: the meaning of the
    /// ledger does not change with a redaction.
    package func means(theSameAs other: ViewRow, without taken: [JSONValue]) -> Bool {
        var (one, two) = (self, other)
        (one.detail, two.detail) = (nil, nil)
        return one == two && details.without(taken) == other.details.without(taken)
    }
}

extension JSONValue {
    /// The value with every text in it replaced that is, or holds, one that was taken out.
    fileprivate func without(_ taken: [JSONValue]) -> JSONValue {
        switch self {
        case .string(let text):
            var clean = text
            for case .string(let gone) in taken where !gone.isEmpty {
                clean = clean.exchanging(gone, for: Redaction.mark)
            }
            return .string(clean)
        case .array(let elements): return .array(elements.map { $0.without(taken) })
        case .object(let members): return .object(members.mapValues { $0.without(taken) })
        default: return self
        }
    }
}
