public import Ledger

extension Entry {
    /// The sequence of the entry that this one corrects.
    public var corrects: Int? {
        kind == EventKind.eventCorrected.rawValue ? payload["corrects"]?.integer : nil
    }

    /// The corrected event time, if the correction has one.
    public var correctedTime: Timestamp? {
        corrects == nil ? nil : payload["fields"]?["time"]?.string.flatMap { Timestamp($0) }
    }

    /// Whether this entry belongs to a run of this ledger, and the member of its payload that
    /// `claim` names is true (such as `verified`). Statements by others are not trusted: only a
    /// run's entries have the id of its plan.
    public func saysAfterLooking(_ claim: String) -> Bool {
        isOfOwnRun && payload(ifItMentions: claim)?[claim]?.bool == true
    }

    /// Whether a run of this ledger wrote it: such entries have a correlation and no source.
    public var isOfOwnRun: Bool { draft.correlation != nil && draft.source == nil }

    /// Whether it reports a failed build, which names no release.
    var isOfFailedBuild: Bool {
        kind == EventKind.buildFinished.rawValue
            && payload(ifItHas: Self.failed)?["outcome"]?.string == Outcome.failed.rawValue
    }
    private static let failed = Array("\"outcome\":\"\(Outcome.failed.rawValue)\"".utf8)

    /// The payload, parsed only if it can have the member.
    func payload(ifItMentions name: String) -> JSONValue? {
        payload(ifItHas: Array("\"\(name)\":".utf8))
    }

    /// The payload, parsed only if its text contains these bytes: canonical JSON has one spelling
    /// per value. Parsing JSON dominates the cost of a replay.
    private func payload(ifItHas bytes: [UInt8]) -> JSONValue? {
        draft.payload.utf8.contains(bytes) ? payload : nil
    }
}
