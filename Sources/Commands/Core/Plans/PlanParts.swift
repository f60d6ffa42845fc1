public import Ledger
internal import LedgerText
public import Projections

/// The inputs of a plan for one service, gathered beforehand.
public struct MoveParts: Sendable {
    /// The bundle of the target.
    public var bundle: Bundle
    public var bundleHash: ContentHash
    /// The bundle of the current release, if the ledger knows it.
    public var present: Bundle?
    public var presentHash: ContentHash?
    /// Migrations applied since the target ran.
    public var migrations: [Entry]
    /// Migrations that were reverted since the target ran, by name.
    public var missing: [String] = []
    /// The commits between the current release and the target; `nil` if unknown.
    public var shipment: Shipment?
    /// The entry with which the target last ran here; `nil` if it never did.
    public var ranUntil: Int?
    /// Kept files that differ from the project's current files and that no command line names. A
    /// step reads them at `$LEDGER_BUNDLE`, or reads the project's.
    public var stale: [String] = []
    /// Whether the current release came from a revert of the target: this plan undoes that revert.
    public var takesBack = false
    /// Keyed hashes of the current values of its variables, by name.
    public var hashes: [String: String] = [:]
    /// The entry that records the deletion of the target's image, if no later entry records its
    /// return.
    public var deleted: Int?

    public init(
        bundle: Bundle, bundleHash: ContentHash, present: Bundle? = nil,
        presentHash: ContentHash? = nil, migrations: [Entry] = [], shipment: Shipment? = nil
    ) {
        self.bundle = bundle
        self.bundleHash = bundleHash
        self.present = present
        self.presentHash = presentHash
        self.migrations = migrations
        self.shipment = shipment
    }
}

/// The options of a plan request.
public struct PlanRequest: Sendable {
    public var kind: Plan.Kind
    public var onFailure: Plan.OnFailure
    public var reason: String?
    /// Irreversible migrations that are accepted, by name.
    public var accepted: [String]
    /// Run the steps even if the release already runs.
    public var again: Bool
    /// Volumes of the current release that may be dropped, by name.
    public var without: [String] = []
    /// Only a drill: the release that it leaves is not fenced.
    public var drill = false
    /// Current observations of services that do not run the recorded release.
    public var seen: [ServiceName: [HostState]] = [:]
    /// Services of the playbook that the deploy does not name.
    public var stays: [ServiceName] = []
    /// Deploy during a freeze; requires a reason.
    public var overridesFreeze = false

    public init(
        kind: Plan.Kind, onFailure: Plan.OnFailure = .stop, reason: String? = nil,
        accepted: [String] = [], again: Bool = false
    ) {
        self.kind = kind
        self.onFailure = onFailure
        self.reason = reason
        self.accepted = accepted
        self.again = again
    }
}
