internal import Synchronization

extension Event {
    /// Creates an event of a kind from all its fields, including those of the subject.
    ///
    /// Throws `FieldProblem` if a field is missing, of another type, or not known to the kind.
    public init(kind: String, fields: JSONValue) throws {
        guard let known = EventKind(rawValue: kind) else {
            self = .unknown(kind: kind, fields: fields)
            return
        }
        let asked = known.fieldNames
        for name in (fields.object ?? [:]).keys.sorted() where !asked.contains(name) {
            let near = nearest(to: name, among: asked.sorted())
            let hint = near.map { "; did you mean \"\($0)\"?" } ?? ""
            throw FieldProblem(field: name, reason: "\(kind) has no such field\(hint)")
        }
        self = try known.event(from: fields, with: PayloadDecoder())
    }

    /// The kind, as stored on disk.
    public var kind: String { parts.kind }

    /// All fields as JSON, including those of the subject.
    public var fields: JSONValue {
        if case .unknown(_, let fields) = self { return fields }
        // A payload consists of names, numbers and lists, so encoding it cannot fail.
        return (try? PayloadEncoder.encode(parts.payload)) ?? .object([:])
    }

    private var parts: (kind: String, payload: any Payload) {
        func known(_ kind: EventKind, _ payload: any Payload) -> (String, any Payload) {
            (kind.rawValue, payload)
        }
        switch self {
        case .pushed(let it): return known(.repoPushed, it)
        case .refCreated(let it): return known(.refCreated, it)
        case .refDeleted(let it): return known(.refDeleted, it)
        case .changeOpened(let it): return known(.changeOpened, it)
        case .changeMerged(let it): return known(.changeMerged, it)
        case .changeClosed(let it): return known(.changeClosed, it)
        case .reviewSubmitted(let it): return known(.reviewSubmitted, it)
        case .checkFinished(let it): return known(.checkFinished, it)
        case .buildStarted(let it): return known(.buildStarted, it)
        case .built(let it): return known(.buildFinished, it)
        case .imagePushed(let it): return known(.imagePushed, it)
        case .imageTagged(let it): return known(.imageTagged, it)
        case .imageDeleted(let it): return known(.imageDeleted, it)
        case .releasePublished(let it): return known(.releasePublished, it)
        case .deployPlanned(let it): return known(.deployPlanned, it)
        case .deployApproved(let it): return known(.deployApproved, it)
        case .deployStarted(let it): return known(.deployStarted, it)
        case .deployed(let it): return known(.deployFinished, it)
        case .deployFailed(let it): return known(.deployFailed, it)
        case .deployAbandoned(let it): return known(.deployAbandoned, it)
        case .revertPlanned(let it): return known(.revertPlanned, it)
        case .revertApproved(let it): return known(.revertApproved, it)
        case .revertStarted(let it): return known(.revertStarted, it)
        case .reverted(let it): return known(.revertFinished, it)
        case .revertFailed(let it): return known(.revertFailed, it)
        case .revertAbandoned(let it): return known(.revertAbandoned, it)
        case .approvalBypassed(let it): return known(.approvalBypassed, it)
        case .approvalReviewed(let it): return known(.approvalReviewed, it)
        case .stepStarted(let it): return known(.stepStarted, it)
        case .stepFinished(let it): return known(.stepFinished, it)
        case .leaseGranted(let it): return known(.leaseGranted, it)
        case .leaseTaken(let it): return known(.leaseTaken, it)
        case .leaseReleased(let it): return known(.leaseReleased, it)
        case .migrationApplied(let it): return known(.migrationApplied, it)
        case .hostObserved(let it): return known(.hostObserved, it)
        case .healthObserved(let it): return known(.healthObserved, it)
        case .targetChecked(let it): return known(.targetChecked, it)
        case .incidentOpened(let it): return known(.incidentOpened, it)
        case .incidentResolved(let it): return known(.incidentResolved, it)
        case .fenceRaised(let it): return known(.fenceRaised, it)
        case .fenceLifted(let it): return known(.fenceLifted, it)
        case .pinSet(let it): return known(.pinSet, it)
        case .pinRemoved(let it): return known(.pinRemoved, it)
        case .freezeStarted(let it): return known(.freezeStarted, it)
        case .freezeEnded(let it): return known(.freezeEnded, it)
        case .guardChecked(let it): return known(.guardChecked, it)
        case .guardWaived(let it): return known(.guardWaived, it)
        case .noteAdded(let it): return known(.noteAdded, it)
        case .corrected(let it): return known(.eventCorrected, it)
        case .redacted(let it): return known(.payloadRedacted, it)
        case .received(let it): return known(.deliveryReceived, it)
        case .keyChanged(let it): return known(.keyChanged, it)
        case .merged(let it): return known(.ledgerMerged, it)
        case .unknown(let kind, _): return (kind, Nothing())
        }
    }

    private struct Nothing: Payload {}
}

extension EventKind {
    fileprivate func event(from fields: JSONValue, with decoder: PayloadDecoder) throws -> Event {
        func it<T: Payload>() throws -> T { try decoder.decode(T.self, from: fields) }
        switch self {
        case .repoPushed: return .pushed(try it())
        case .refCreated: return .refCreated(try it())
        case .refDeleted: return .refDeleted(try it())
        case .changeOpened: return .changeOpened(try it())
        case .changeMerged: return .changeMerged(try it())
        case .changeClosed: return .changeClosed(try it())
        case .reviewSubmitted: return .reviewSubmitted(try it())
        case .checkFinished: return .checkFinished(try it())
        case .buildStarted: return .buildStarted(try it())
        case .buildFinished: return .built(try it())
        case .imagePushed: return .imagePushed(try it())
        case .imageTagged: return .imageTagged(try it())
        case .imageDeleted: return .imageDeleted(try it())
        case .releasePublished: return .releasePublished(try it())
        case .deployPlanned: return .deployPlanned(try it())
        case .deployApproved: return .deployApproved(try it())
        case .deployStarted: return .deployStarted(try it())
        case .deployFinished: return .deployed(try it())
        case .deployFailed: return .deployFailed(try it())
        case .deployAbandoned: return .deployAbandoned(try it())
        case .revertPlanned: return .revertPlanned(try it())
        case .revertApproved: return .revertApproved(try it())
        case .revertStarted: return .revertStarted(try it())
        case .revertFinished: return .reverted(try it())
        case .revertFailed: return .revertFailed(try it())
        case .revertAbandoned: return .revertAbandoned(try it())
        case .approvalBypassed: return .approvalBypassed(try it())
        case .approvalReviewed: return .approvalReviewed(try it())
        case .stepStarted: return .stepStarted(try it())
        case .stepFinished: return .stepFinished(try it())
        case .leaseGranted: return .leaseGranted(try it())
        case .leaseTaken: return .leaseTaken(try it())
        case .leaseReleased: return .leaseReleased(try it())
        case .migrationApplied: return .migrationApplied(try it())
        case .hostObserved: return .hostObserved(try it())
        case .healthObserved: return .healthObserved(try it())
        case .targetChecked: return .targetChecked(try it())
        case .incidentOpened: return .incidentOpened(try it())
        case .incidentResolved: return .incidentResolved(try it())
        case .fenceRaised: return .fenceRaised(try it())
        case .fenceLifted: return .fenceLifted(try it())
        case .pinSet: return .pinSet(try it())
        case .pinRemoved: return .pinRemoved(try it())
        case .freezeStarted: return .freezeStarted(try it())
        case .freezeEnded: return .freezeEnded(try it())
        case .guardChecked: return .guardChecked(try it())
        case .guardWaived: return .guardWaived(try it())
        case .noteAdded: return .noteAdded(try it())
        case .eventCorrected: return .corrected(try it())
        case .payloadRedacted: return .redacted(try it())
        case .deliveryReceived: return .received(try it())
        case .keyChanged: return .keyChanged(try it())
        case .ledgerMerged: return .merged(try it())
        }
    }

    /// The fields of the kind, in the order in which its payload declares them.
    public var fields: [Field] {
        let decoder = PayloadDecoder(examples: .required)
        _ = try? decoder.decode(payload, from: .object([:]))
        return decoder.asked.map { Field(name: $0.name, required: $0.required, type: $0.type) }
    }

    /// Decoding tells which fields a kind has, which takes time: each kind is decoded once.
    var fieldNames: Set<String> {
        if let names = Self.known.withLock({ $0[self] }) { return names }
        let names = Set(fields.map(\.name))
        Self.known.withLock { $0[self] = names }
        return names
    }

    private static let known = Mutex<[EventKind: Set<String>]>([:])

    /// A well-formed event of the kind: its required fields with example values.
    public var example: Event {
        get throws { try event(from: .object([:]), with: PayloadDecoder(examples: .required)) }
    }

    /// A well-formed event of the kind, with every field of the kind set.
    package var wholeExample: Event {
        get throws { try event(from: .object([:]), with: PayloadDecoder(examples: .all)) }
    }
}
