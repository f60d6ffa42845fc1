public import Ledger

extension Entry {
    /// The sequence of the entry that this one corrects.
    public var corrects: Int? {
        kind == EventKind.eventCorrected.rawValue ? payload["corrects"]?.integer : nil
    }

    /// When what a correction puts right happened, if it says so.
    public var correctedTime: Timestamp? {
        corrects == nil ? nil : payload["fields"]?["time"]?.string.flatMap { Timestamp($0) }
    }

    /// Whether a run of the ledger's own says so, which has looked. Others may say it, and are not
    /// believed: only a run's entries bear the id of its plan.
    public func saysAfterLooking(_ claim: String) -> Bool {
        isOfOwnRun && payload(ifItMentions: claim)?[claim]?.bool == true
    }

    /// Whether a run of this ledger wrote it: those have no source, and others no run.
    public var isOfOwnRun: Bool { draft.correlation != nil && draft.source == nil }

    /// Whether it tells of a build that failed: that names no release.
    var isOfFailedBuild: Bool {
        kind == EventKind.buildFinished.rawValue
            && payload(ifItHas: Self.failed)?["outcome"]?.string == Outcome.failed.rawValue
    }
    private static let failed = Array("\"outcome\":\"\(Outcome.failed.rawValue)\"".utf8)

    /// The payload, read only if it can have the member.
    func payload(ifItMentions name: String) -> JSONValue? {
        payload(ifItHas: Array("\"\(name)\":".utf8))
    }

    /// The payload, read only if its text has these bytes: canonical JSON spells each thing in one
    /// way. Reading JSON costs more than all else in a replay.
    private func payload(ifItHas bytes: [UInt8]) -> JSONValue? {
        draft.payload.utf8.contains(bytes) ? payload : nil
    }
}
