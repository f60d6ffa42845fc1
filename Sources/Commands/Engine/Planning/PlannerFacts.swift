internal import Commands
internal import Ledger
internal import Projections

/// What the ledger records of the releases between which a plan moves.
extension Planner {
    /// Adds what the ledger records of the current release, and of the target's image.
    func complete(_ part: inout MoveParts, _ view: EnvironmentView) async throws {
        part.deleted = try await projector.deletion(of: part.bundle.release)
        part.shipment = try await projector.shipment(
            from: view[part.bundle.release.service]?.release, to: part.bundle.release,
            atHand: commitsAtHand)
        guard let present = view[part.bundle.release.service],
            let (bundle, hash) = try await kept(for: present, in: view.name)
        else { return }
        part.present = bundle
        part.presentHash = hash
    }

    /// The bundle that this ledger's own runs kept for the current release: from the entry of its
    /// deploy, or from an earlier deploy of the same release.
    func kept(
        for state: ServiceState, in environment: EnvironmentName
    ) async throws -> (Bundle, ContentHash)? {
        guard let release = state.release else { return nil }
        let past = try await projector.deployments(of: state.service, in: environment)
        let same = past.filter { $0.release.runsTheSame(as: release) }.map(\.entry)
        for number in [state.entry].compactMap(\.self) + same.reversed() {
            if let found = try await store.bundle(of: store.entry(at: number)) { return found }
        }
        return nil
    }

    /// Whether the current release came by a revert away from this one, which was fenced then. A
    /// revert of a revert fences nothing: the next revert is an ordinary one.
    func takesBack(
        _ target: Release, _ service: ServiceName, _ environment: EnvironmentName
    ) async throws -> Bool {
        let last = try await projector.deployments(of: service, in: environment).suffix(2)
        guard last.count == 2, let before = last.first, let revert = last.last, revert.isRevert,
            before.release.runsTheSame(as: target),
            let run = try await store.entry(at: revert.entry)?.draft.correlation
        else { return false }
        var fences = EntryFilter()
        fences.kinds = [EventKind.fenceRaised.rawValue]
        fences.environments = [environment]
        fences.correlations = [run]
        fences.services = [service]
        return try await !store.page(fences, .newestFirst, after: nil, limit: 1).isEmpty
    }
}
