/// The fields of an event besides its kind.
public protocol Payload: Codable, Hashable, Sendable {}

/// The kinds of events, as stored on disk. Existing kinds never change; new kinds may be added.
public enum EventKind: String, CaseIterable, Sendable, Codable {
    case repoPushed = "repo.pushed"
    case refCreated = "ref.created"
    case refDeleted = "ref.deleted"
    case changeOpened = "change.opened"
    case changeMerged = "change.merged"
    case changeClosed = "change.closed"
    case reviewSubmitted = "review.submitted"
    case checkFinished = "check.finished"
    case buildStarted = "build.started"
    case buildFinished = "build.finished"
    case imagePushed = "image.pushed"
    case imageTagged = "image.tagged"
    case imageDeleted = "image.deleted"
    case releasePublished = "release.published"
    case deployPlanned = "deploy.planned"
    case deployApproved = "deploy.approved"
    case deployStarted = "deploy.started"
    case deployFinished = "deploy.finished"
    case deployFailed = "deploy.failed"
    case deployAbandoned = "deploy.abandoned"
    case revertPlanned = "revert.planned"
    case revertApproved = "revert.approved"
    case revertStarted = "revert.started"
    case revertFinished = "revert.finished"
    case revertFailed = "revert.failed"
    case revertAbandoned = "revert.abandoned"
    case approvalBypassed = "approval.bypassed"
    case approvalReviewed = "approval.reviewed"
    case stepStarted = "step.started"
    case stepFinished = "step.finished"
    case leaseGranted = "lease.granted"
    case leaseTaken = "lease.taken"
    case leaseReleased = "lease.released"
    case migrationApplied = "migration.applied"
    case hostObserved = "host.observed"
    case healthObserved = "health.observed"
    case targetChecked = "target.checked"
    case incidentOpened = "incident.opened"
    case incidentResolved = "incident.resolved"
    case fenceRaised = "fence.raised"
    case fenceLifted = "fence.lifted"
    case pinSet = "pin.set"
    case pinRemoved = "pin.removed"
    case freezeStarted = "freeze.started"
    case freezeEnded = "freeze.ended"
    case guardChecked = "guard.checked"
    case guardWaived = "guard.waived"
    case noteAdded = "note.added"
    case eventCorrected = "event.corrected"
    case payloadRedacted = "payload.redacted"
    case deliveryReceived = "delivery.received"
    case keyChanged = "key.changed"
    case ledgerMerged = "ledger.merged"

    /// The payload of the kind.
    var payload: any Payload.Type {
        switch self {
        case .repoPushed: Push.self
        case .refCreated, .refDeleted: RefChange.self
        case .changeOpened, .changeMerged, .changeClosed: Change.self
        case .reviewSubmitted: Review.self
        case .checkFinished: CheckResult.self
        case .buildStarted, .buildFinished: Build.self
        case .imagePushed: ImagePush.self
        case .imageTagged: ImageTagging.self
        case .imageDeleted: ImageDeletion.self
        case .releasePublished: Publication.self
        case .deployPlanned, .revertPlanned: Planned.self
        case .deployApproved, .revertApproved: Approved.self
        case .deployStarted, .revertStarted: RunStarted.self
        case .deployFinished, .revertFinished: RunFinished.self
        case .deployFailed, .revertFailed: RunFailed.self
        case .deployAbandoned, .revertAbandoned: Abandoned.self
        case .approvalBypassed: Bypass.self
        case .approvalReviewed: BypassReview.self
        case .stepStarted: StepStarted.self
        case .stepFinished: StepFinished.self
        case .leaseGranted, .leaseTaken, .leaseReleased: Lease.self
        case .migrationApplied: Migration.self
        case .hostObserved: HostObservation.self
        case .healthObserved: HealthObservation.self
        case .targetChecked: TargetCheck.self
        case .incidentOpened, .incidentResolved: Incident.self
        case .fenceRaised, .fenceLifted: Fence.self
        case .pinSet, .pinRemoved: Pin.self
        case .freezeStarted, .freezeEnded: Freeze.self
        case .guardChecked: GuardVerdict.self
        case .guardWaived: GuardWaiver.self
        case .noteAdded: Note.self
        case .eventCorrected: Correction.self
        case .payloadRedacted: Redacted.self
        case .deliveryReceived: Delivery.self
        case .keyChanged: KeyChange.self
        case .ledgerMerged: Merge.self
        }
    }
}

/// What happened, in the past tense: a kind and its payload.
public enum Event: Hashable, Sendable {
    case pushed(Push)
    case refCreated(RefChange), refDeleted(RefChange)
    case changeOpened(Change), changeMerged(Change), changeClosed(Change)
    case reviewSubmitted(Review)
    case checkFinished(CheckResult)
    case buildStarted(Build), built(Build)
    case imagePushed(ImagePush), imageTagged(ImageTagging), imageDeleted(ImageDeletion)
    case releasePublished(Publication)
    case deployPlanned(Planned), deployApproved(Approved), deployStarted(RunStarted)
    case deployed(RunFinished), deployFailed(RunFailed), deployAbandoned(Abandoned)
    case revertPlanned(Planned), revertApproved(Approved), revertStarted(RunStarted)
    case reverted(RunFinished), revertFailed(RunFailed), revertAbandoned(Abandoned)
    case approvalBypassed(Bypass), approvalReviewed(BypassReview)
    case stepStarted(StepStarted), stepFinished(StepFinished)
    case leaseGranted(Lease), leaseTaken(Lease), leaseReleased(Lease)
    case migrationApplied(Migration)
    case hostObserved(HostObservation), healthObserved(HealthObservation)
    case targetChecked(TargetCheck)
    case incidentOpened(Incident), incidentResolved(Incident)
    case fenceRaised(Fence), fenceLifted(Fence)
    case pinSet(Pin), pinRemoved(Pin)
    case freezeStarted(Freeze), freezeEnded(Freeze)
    case guardChecked(GuardVerdict), guardWaived(GuardWaiver)
    case noteAdded(Note)
    case corrected(Correction)
    case redacted(Redacted)
    case received(Delivery)
    case keyChanged(KeyChange)
    case merged(Merge)
    /// A kind that this program does not know: kept, hashed, shown, never dropped.
    case unknown(kind: String, fields: JSONValue)
}
