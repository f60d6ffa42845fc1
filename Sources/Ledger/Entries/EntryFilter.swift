internal import LedgerText

/// Selects the entries of a query. Every field narrows the selection. A field with several values
/// matches any of them.
public struct EntryFilter: Hashable, Sendable {
    /// Kinds (`deploy.finished`) or families of kinds (`deploy`).
    public var kinds: [String] = []
    public var streams: [StreamName] = []
    public var environments: [EnvironmentName] = []
    public var services: [ServiceName] = []
    public var tags: [ReleaseTag] = []
    /// Digests or digest prefixes, with or without the algorithm.
    public var digests: [String] = []
    /// Revisions or revision prefixes.
    public var revisions: [String] = []
    /// Words that must occur in the author's name in this order. Case is ignored.
    public var authors: [String] = []
    public var correlations: [EntryID] = []
    /// Outcomes: the `outcome` of a payload, or the last word of a kind (`failed`).
    public var outcomes: [String] = []
    /// Earliest time of the event (inclusive).
    public var since: Timestamp?
    /// Latest time of the event (exclusive).
    public var until: Timestamp?
    /// Range of sequences, inclusive.
    public var sequences: ClosedRange<Int> = 1...Self.lastSequence
    /// No entry has a greater sequence.
    package static let lastSequence = Int(Int32.max) << 21
    /// Text that must occur in the payload or a column. ASCII case is ignored.
    public var text: String?

    public init() {}

    /// Excludes entries after a sequence.
    public mutating func limit(upto sequence: Int) {
        // Sequences start at 1.
        let low = sequences.lowerBound
        sequences = low <= sequence ? low...min(sequence, sequences.upperBound) : 0...0
    }

    /// Whether the entry matches.
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
        // The payload contains quotes and line feeds in escaped form.
        let inside = Array(Words.lowercased(Canonical.inside(text)).utf8)
        return Words.lowercased(entry.draft.payload).utf8.contains(inside)
            || columns.contains { Words.lowercased($0).utf8.contains(wanted) }
    }
}

/// Splits a text into words as the search index does. A word consists of ASCII letters and digits,
/// the extra characters of names, and all non-ASCII characters. Upper case becomes lower case.
public enum Words {
    /// The word characters besides letters and digits.
    public static let extra = "-._:/@+"

    static func lowercased(_ text: String) -> String {
        String(decoding: text.utf8.map { lowercased($0) }, as: UTF8.self)
    }

    /// A byte in lower case, if it is an ASCII letter.
    package static func lowercased(_ unit: UInt8) -> UInt8 {
        (65...90).contains(unit) ? unit + 32 : unit
    }

    /// The words of the text, in order.
    public static func of(_ text: String) -> [String] {
        lowercased(text).utf8.split { !contains($0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a byte belongs to a word.
    package static func contains(_ unit: UInt8) -> Bool { isOfWord[Int(unit)] }

    private static let isOfWord: [Bool] = (0...255).map { (unit: UInt8) in
        (48...57).contains(unit) || (97...122).contains(unit) || (65...90).contains(unit)
            || unit >= 128 || extra.utf8.contains(unit)
    }
}
