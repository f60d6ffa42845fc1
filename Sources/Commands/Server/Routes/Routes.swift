internal import Ledger
internal import LedgerOperations

/// The only table of routes: what is not in it does not exist.
enum Routes {
    static let all: [Route] =
        health + signingIn + queries + changes + hooks + [Route.stream]

    private static let queries: [Route] = [
        .query(Status.self), .query(ReadLog.self), .query(DeployHistory.self),
        .query(Compare.self), .query(Due.self), .query(ExplainState.self), .query(Gate.self),
        .query(ListIncidents.self), .query(ShowIncident.self), .query(ListMarks.self),
        .query(ListRollbackTargets.self), .query(ListRuns.self), .query(ShowRun.self),
        .query(ShowEntry.self), .query(TraceRelease.self),
    ]

    private static let changes: [Route] = [
        .change(RecordFacts.self), .change(RecordFact.self),
    ]

    private static let health: [Route] = [
        Route(
            method: "GET", path: "/healthz", access: .open("it says only that it runs"), limit: 0
        ) { _ in .text("ok") },
        Route(
            method: "GET", path: "/readyz", access: .open("it says only that it can answer"),
            limit: 0
        ) { visit in
            _ = try await visit.ledger.store.head()
            return .text("ok")
        },
    ]
}
