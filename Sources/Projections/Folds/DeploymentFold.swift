public import Ledger

/// Every deploy and revert that finished, numbered per environment: `production#42`.
///
/// The key is the environment; its past lines are its deployments. A run of several services adds
/// one line per service under one number. The detail contains the run's id, and whether another
/// ledger reported it.
public struct DeploymentFold: StoredView {
    public let name = "deployment"
    public let version = 2
    public let isKey = true
    public init() {}

    public let concern = ViewConcern(kinds: [.deployFinished, .revertFinished])

    public func keys(of entry: Entry) -> [String] {
        entry.subject.environment.map { [$0.rawValue] } ?? []
    }

    public func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow? {
        let isTold = entry.draft.source != nil
        let run = entry.draft.correlation.map {
            DeploymentDetail(run: $0.description, isTold: isTold)
        }
        let sameRun = run != nil && run == row?.detail(as: DeploymentDetail.self)
        let number = (row?.number ?? 0) + (sameRun ? 0 : 1)
        let revert = entry.kind == EventKind.revertFinished.rawValue
        return ViewRow(
            key: key, entry, state: revert ? "revert" : "deploy", number: number, detail: run)
    }
}
