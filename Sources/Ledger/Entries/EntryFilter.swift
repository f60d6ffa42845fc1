internal import LedgerText

/// Which entries a question is about. Every field narrows; a field with several values wants one of
/// them.
public struct EntryFilter: Hashable, Sendable {
    /// Kinds (`deploy.finished`) or families of kinds (`deploy`).
    public var kinds: [String] = []
    public var streams: [StreamName] = []
    public var environments: [EnvironmentName] = []
    public var services: [ServiceName] = []
    public var tags: [ReleaseTag] = []
    /// Digests or their beginnings, with or without the algorithm.
    public var digests: [String] = []
    /// Revisions or their beginnings.
    public var revisions: [String] = []
    /// Words of the author's name that must stand in this order; upper and lower case alike.
    public var authors: [String] = []
    public var correlations: [EntryID] = []
    /// How it ended: the `outcome` of a payload, or the last word of a kind (`failed`).
    public var outcomes: [String] = []
    /// When it happened: from …
    public var since: Timestamp?
    /// … to just before.
    public var until: Timestamp?
    /// Sequences, both ends included.
    public var sequences: ClosedRange<Int> = 1...Int(Int32.max) << 21
    /// Text that must stand in the payload or a column; upper and lower case of ASCII alike.
    public var text: String?

    public init() {}

    /// Leaves out what lies behind a sequence.
    public mutating func limit(upto sequence: Int) {
        // Nothing has a sequence below 1.
        let low = sequences.lowerBound
        sequences = low <= sequence ? low...min(sequence, sequences.upperBound) : 0...0
    }

    /// Whether the entry is meant.
    public func matches(_ entry: Entry) -> Bool {
        let subject = entry.subject
        return sequences.contains(entry.sequence)
            && (since.map { entry.time >= $0 } ?? true)
            && (until.map { entry.time < $0 } ?? true)
            && one(of: streams, entry.stream)
            && one(of: environments, subject.environment) && one(of: services, subject.service)
            && one(of: tags, subject.tag) && one(of: correlations, entry.draft.correlation)
            && (kinds.isEmpty || kinds.contains { Self.kind(entry.kind, isIn: $0) })
            && (digests.isEmpty || digests.contains { Self.digest(subject.digest, startsWith: $0) })
            && (revisions.isEmpty
                || revisions.contains { subject.revision?.rawValue.begins(with: $0) ?? false })
            && (authors.isEmpty
                || authors.contains { Words.of(entry.by.name).contains(Words.of($0)) })
            && (outcomes.isEmpty || outcomes.contains { Self.outcome(of: entry, is: $0) })
            && (text.map { Self.text($0, isIn: entry) } ?? true)
    }

    private func one<T: Equatable>(of wanted: [T], _ value: T?) -> Bool {
        guard let value else { return wanted.isEmpty }
        return wanted.isEmpty || wanted.contains(value)
    }

    static func kind(_ kind: String, isIn pattern: String) -> Bool {
        kind == pattern || kind.begins(with: pattern + ".")
    }

    static func digest(_ digest: ImageDigest?, startsWith text: String) -> Bool {
        guard let digest = digest?.rawValue else { return false }
        if text.holds(":") { return digest.begins(with: text) }
        return digest.drop { $0 != ":" }.dropFirst().begins(with: text)
    }

    static func outcome(of entry: Entry, is outcome: String) -> Bool {
        entry.kind.ends(with: "." + outcome) || entry.payload["outcome"]?.string == outcome
    }

    static func text(_ text: String, isIn entry: Entry) -> Bool {
        let wanted = Array(Words.lowercased(text).utf8)
        let columns = entry.subject.fields.map(\.value) + [entry.kind, entry.by.name]
        // In the payload a quote or a line feed stands escaped.
        let inside = Array(Words.lowercased(Canonical.inside(text)).utf8)
        return Words.lowercased(entry.draft.payload).utf8.contains(inside)
            || columns.contains { Words.lowercased($0).utf8.contains(wanted) }
    }
}

/// A text cut into words as the search index cuts it: ASCII letters and digits, the characters that
/// names are made of, and everything beyond ASCII; upper case as lower case.
public enum Words {
    /// The characters that belong to words, beside letters and digits.
    public static let extra = "-._:/@+"

    static func lowercased(_ text: String) -> String {
        String(decoding: text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
    }

    /// The words in their order.
    public static func of(_ text: String) -> [String] {
        let extra = Array(extra.utf8)
        return lowercased(text).utf8.split { unit in
            !((48...57).contains(unit) || (97...122).contains(unit) || unit >= 128
                || extra.contains(unit))
        }.map { String(decoding: $0, as: UTF8.self) }
    }
}
