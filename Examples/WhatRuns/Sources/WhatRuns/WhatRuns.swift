import LedgerSQLite
import Projections

/// Prints what runs in production: `swift run WhatRuns PATH-OF-LEDGER.DB`.
@main
struct WhatRuns {
    static func main() async throws {
        let path = CommandLine.arguments.dropFirst().first ?? ".ledger/ledger.db"
        let store = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        let projector = Projector(store)
        for name in try await projector.environments() where name.rawValue == "production" {
            for state in try await projector.environment(name).services {
                print(state.service, state.release?.title ?? "nothing yet", state.state.rawValue)
            }
        }
    }
}
