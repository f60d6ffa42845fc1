internal import LedgerText

/// The redaction of a payload by a recorded decision (`payload.redacted`).
///
/// The leaf of an entry binds the hash of the original payload with its salt. A payload may
/// therefore lose bytes, and every proof stays valid. The decision binds the SHA-256 of the
/// remaining payload. The salt is removed with the bytes, so that nobody can guess them.
public struct Redaction: Hashable, Sendable {
    /// The hash of the payload as it was recorded; the leaf binds this hash.
    public let payloadHash: ContentHash
    /// The sequence of the latest redaction decision.
    public let decision: Int

    public init(payloadHash: ContentHash, decision: Int) {
        self.payloadHash = payloadHash
        self.decision = decision
    }

    /// Replaces a redacted text.
    public static let mark = "***"

    /// The remaining payload after some fields were redacted.
    public struct Rest: Hashable, Sendable {
        /// Canonical JSON (RFC 8785).
        public let payload: String
        /// The redacted values, one per field.
        public let taken: [JSONValue]
    }

    /// The payload without these fields. Each field is a name, or a JSON Pointer (RFC 6901) that
    /// begins with `/`. A text is replaced by `mark`; any other value is removed.
    ///
    /// Throws `FieldProblem` if the field does not exist or is already redacted.
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
                throw FieldProblem(field: field, reason: "it is already redacted")
            }
            taken.append(value)
        }
        return Rest(payload: Canonical.text(rest), taken: taken)
    }

    /// Whether a payload can be what redactions left of another: a mark may replace any text, and
    /// any other value may be absent (null in a list).
    package static func isRest(_ rest: JSONValue, of whole: JSONValue) -> Bool {
        switch (rest, whole) {
        case (.string(mark), .string): true
        case (.object(let left), .object(let all)):
            left.allSatisfy { name, value in all[name].map { isRest(value, of: $0) } ?? false }
                && all.allSatisfy { name, value in left[name] != nil || value.string == nil }
        case (.array(let left), .array(let all)):
            left.count == all.count
                && zip(left, all).allSatisfy { one, other in
                    isRest(one, of: other) || one == .null && other.string == nil
                }
        default: rest == whole
        }
    }

    /// The path from the payload to the named field; `nil` if the name is not valid.
    static func path(_ field: String) -> [String]? {
        guard field.begins(with: "/") else { return [field] }
        return field.dropFirst().parts(separator: "/", omittingEmptySubsequences: false).map {
            String($0).exchanging("~1", for: "/").exchanging("~0", for: "~")
        }
    }

    /// Removes the value at a path and returns it; `nil` if there is no value.
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
            // The other elements keep their indexes.
            if rest.isEmpty { elements[place] = taken.string == nil ? .null : .string(mark) }
            value = .array(elements)
            return taken
        default: return nil
        }
    }
}

extension Draft {
    /// The hash of the payload as it was recorded, with its salt: the leaf binds it.
    public var payloadHash: ContentHash {
        if let redaction { return redaction.payloadHash }
        var payload = payload
        let digest = payload.withUTF8 {
            PayloadSalt.hash(UnsafeRawBufferPointer($0), with: salt)
        }
        return ContentHash(unchecked: Hex.encode(digest))
    }
}

extension Redacted {
    /// Verification needs these kinds unredacted, and they contain no secrets.
    public static let keptWhole: Set<String> = Set(
        [.payloadRedacted, .keyChanged, .ledgerMerged].map(\EventKind.rawValue))

    /// Whether a field of an entry of the kind may be redacted. A field of an unknown kind may be
    /// redacted, because no view reads it.
    private static func mayTake(_ field: String, of kind: String) -> Bool {
        guard let name = Redaction.path(field)?.first else { return false }
        return EventKind(rawValue: kind)?.isProse(name) ?? true
    }

    /// Whether the entry matches the result of this decision, which is the latest one about it.
    public func holds(of entry: Entry) -> Bool {
        self.entry == entry.id && !Self.keptWhole.contains(entry.kind)
            && fields.allSatisfy { Self.mayTake($0, of: entry.kind) }
            && payload == entry.draft.payloadHash
            && left == ContentHash(of: Array(entry.draft.payload.utf8))
            // A redacted value is the mark, or is absent.
            && fields.allSatisfy { (try? Redaction.rest(of: entry.payload, without: [$0])) == nil }
    }

    /// The decision to redact fields of an entry's payload, with the remaining payload's hash.
    ///
    /// Throws `FieldProblem` if the field does not exist, if a view reads it, or if the entry
    /// cannot be read without it.
    public init(_ fields: [String], of entry: Entry, reason: String) throws {
        let rest = try Redaction.rest(of: entry.payload, without: fields)
        if let field = fields.first(where: { !Self.mayTake($0, of: entry.kind) }) {
            throw FieldProblem(
                field: field,
                reason: "views read this field, so it cannot be redacted; only texts that no "
                    + "view reads can be")
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

    /// The entry after the decision, and the redacted values; `nil` if the entry is already
    /// redacted so.
    ///
    /// Throws `StoreProblem` if the decision does not fit the entry.
    package func applied(to entry: Entry, by decision: Int) throws(StoreProblem) -> (
        entry: Entry, taken: [JSONValue]
    )? {
        // A copy of another ledger contains entries with the results of later decisions.
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
                .input, "the redaction does not match entry \(entry.sequence)",
                cause: "the payload changed since the decision was created, or views read a field "
                    + "that it redacts",
                hint: "use `ledger redact`, which creates the decision from the current entry")
        }
        var result = entry
        result.draft.payload = rest.payload
        result.draft.redaction = Redaction(payloadHash: payload, decision: decision)
        if result.draft.salt != nil { result.draft.salt = .removed }
        return (result, rest.taken)
    }

    /// The problem of a decision about an entry that does not exist.
    package static var noEntry: StoreProblem {
        StoreProblem(
            .input, "the redaction names an entry that is not in this ledger",
            hint: "use `ledger redact`, which creates the decision from an entry")
    }
}

extension Entry {
    /// Fields that a stored view reads are never redacted.
    package func decides(_ key: String) -> StoreProblem {
        StoreProblem(
            .input, "nothing was redacted: \(key) would change",
            cause: "a stored view reads that field of entry \(sequence)",
            hint: Hint(
                "correct the entry instead; both versions stay visible", run: "ledger correct"))
    }
}

extension ViewRow {
    /// Whether another line equals this one apart from redacted texts. A redaction must not change
    /// the meaning of the ledger.
    package func means(theSameAs other: ViewRow, without taken: [JSONValue]) -> Bool {
        var (one, two) = (self, other)
        (one.detail, two.detail) = (nil, nil)
        return one == two && details.without(taken) == other.details.without(taken)
    }
}

extension JSONValue {
    /// The value, in which each occurrence of a redacted text, also within a longer text, is
    /// replaced by the mark.
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
