public import Ledger
internal import LedgerText
public import Projections

/// What a plan is made of for one service, gathered beforehand.
public struct MoveParts: Sendable {
    /// What leads to the target.
    public var bundle: Bundle
    public var bundleHash: ContentHash
    /// What the present release was deployed with, if the ledger knows.
    public var present: Bundle?
    public var presentHash: ContentHash?
    /// Migrations since the target ran.
    public var migrations: [Entry]
    /// Migrations that were taken back since the target ran, by name.
    public var missing: [String] = []
    /// The commits between the present release and the target; `nil` if nobody knows them.
    public var shipment: Shipment?
    /// The entry with which the target last ran here; `nil` if it never did.
    public var ranUntil: Int?
    /// Kept files that differ from the project's today, and that no command line names: a step
    /// reads them at `$LEDGER_BUNDLE`, or reads the project's.
    public var stale: [String] = []
    /// Whether the present release came by a revert away from the target: this takes that back.
    public var takesBack = false
    /// Keyed hashes of the values that its variables have today, by name.
    public var hashes: [String: String] = [:]
    /// The entry that says that the target's image was deleted, if none says that it came back.
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

/// What the person wants of a plan.
public struct PlanRequest: Sendable {
    public var kind: Plan.Kind
    public var onFailure: Plan.OnFailure
    public var reason: String?
    /// Irreversible migrations that are accepted, by name.
    public var accepted: [String]
    /// Run the steps even if the release runs already.
    public var again: Bool
    /// Volumes of the present release that it is right to go on without, by name.
    public var without: [String] = []
    /// Only rehearse: what is left is not fenced.
    public var drill = false
    /// What was seen just now of services that do not run what the ledger has.
    public var seen: [ServiceName: [HostState]] = [:]
    /// Services of the playbook that what is deployed does not name.
    public var stays: [ServiceName] = []
    /// Go out in spite of a freeze; wants a reason.
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
