public import Ledger

/// The path of one commit: change → checks → build → image → environments, and back.
public struct Lineage: Hashable, Sendable {
    /// A station of the path.
    public enum Station: String, CaseIterable, Sendable {
        case commit, change, review, check, build, image, release, environment
    }
    public private(set) var revisions: Set<Revision> = []
    public private(set) var digests: Set<ImageDigest> = []
    public private(set) var entries: [Station: [Entry]] = [:]
    private var sequences: Set<Int> = []

    public init() {}

    /// Adds an entry to its station; entries that belong to no station are skipped.
    public mutating func add(_ entry: Entry) {
        guard add(word: entry) else { return }
        if let revision = entry.subject.revision { revisions.insert(revision) }
        if let digest = entry.subject.digest { digests.insert(digest) }
    }

    /// Adds an entry to its station without following its commit. False if it has no station, or
    /// was added before.
    @discardableResult
    mutating func add(word entry: Entry) -> Bool {
        guard let station = Self.station(of: entry.kind),
            sequences.insert(entry.sequence).inserted
        else { return false }
        entries[station, default: []].append(entry)
        return true
    }

    static func station(of kind: String) -> Station? {
        guard let kind = EventKind(rawValue: kind) else { return nil }
        switch kind {
        case .repoPushed, .refCreated, .refDeleted: return .commit
        case .changeOpened, .changeMerged, .changeClosed: return .change
        case .reviewSubmitted: return .review
        case .checkFinished, .guardChecked, .guardWaived: return .check
        case .buildStarted, .buildFinished: return .build
        case .imagePushed, .imageTagged, .imageDeleted: return .image
        case .releasePublished, .eventCorrected: return .release
        case .deployFinished, .revertFinished, .deployFailed, .revertFailed: return .environment
        case .deployPlanned, .deployApproved, .deployStarted, .deployAbandoned, .revertPlanned,
            .revertApproved, .approvalBypassed, .approvalReviewed, .revertStarted, .revertAbandoned,
            .stepStarted, .stepFinished,
            .leaseGranted, .leaseTaken, .leaseReleased, .migrationApplied, .hostObserved,
            .healthObserved, .incidentOpened, .incidentResolved, .fenceRaised, .fenceLifted,
            .pinSet, .pinRemoved, .freezeStarted, .freezeEnded, .noteAdded, .targetChecked,
            .payloadRedacted, .deliveryReceived, .keyChanged, .ledgerMerged:
            return nil
        }
    }
}
