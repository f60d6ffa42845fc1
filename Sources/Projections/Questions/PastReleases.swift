public import Ledger

/// A release that a service ran in an environment, with the entries that made and ended it.
public struct PastRelease: Hashable, Sendable {
    public let release: Release
    /// The sequence of the entry that finished its deploy.
    public let entry: Int
    /// The number of that deploy in its environment.
    public let number: Int
    public let time: Timestamp
    public let by: String
    public let isRevert: Bool
    /// Whether a run of this ledger deployed it. If so, it sorts after everything recorded before
    /// it, whatever its time says.
    let isOfOwnRun: Bool

    init?(_ row: ViewRow) {
        guard let release = Release(row.subject) else { return nil }
        self.release = release
        entry = row.since
        number = row.number ?? 0
        time = row.time
        by = row.by
        isRevert = row.state == "revert"
        isOfOwnRun = row.lineDetail != nil && !row.detail(as: DeploymentDetail.self).isTold
    }
}

extension [PastRelease] {
    /// Sorts from recording order into the order in which they ran: by event time. A release that a
    /// run of this ledger deployed comes after all earlier-recorded releases of the same service.
    /// `ServiceTimeline` has the same rule.
    var asTheyRan: [PastRelease] {
        var last: [ServiceName: Timestamp] = [:]
        let moments = map { past in
            let service = past.release.service
            let known = last[service] ?? past.time
            let moment = past.isOfOwnRun ? Swift.max(past.time, known) : past.time
            last[service] = Swift.max(moment, known)
            return (past, moment)
        }
        return moments.sorted { ($0.1, $0.0.entry) < ($1.1, $1.0.entry) }.map(\.0)
    }
}

/// The rollback target of `--to previous`.
public enum PreviousRelease {
    /// The last good release before the current one. Deploys form a stack, and a revert pops what
    /// it undoes. After deploying A, then B, then reverting to A, the previous release is never B.
    ///
    /// `deployments` are those of one service, oldest first. `isGood` reports whether a release was
    /// observed running and is not fenced. `presentRuns` is false if the current release does not
    /// run (a later deploy failed or was interrupted). It is then itself the last good release.
    public static func previous(
        in deployments: [PastRelease], presentRuns: Bool = true, isGood: (PastRelease) -> Bool
    ) -> PastRelease? {
        var pile: [PastRelease] = []
        for deployment in deployments {
            if deployment.isRevert,
                let place = pile.lastIndex(where: {
                    $0.release.runsTheSame(as: deployment.release)
                })
            {
                pile.removeSubrange((place + 1)...)
            } else if pile.last?.release.runsTheSame(as: deployment.release) != true {
                pile.append(deployment)
            }
        }
        if !presentRuns, let present = pile.last, isGood(present) { return present }
        guard let present = pile.popLast() else { return nil }
        return pile.last { !$0.release.runsTheSame(as: present.release) && isGood($0) }
    }
}
