internal import GRDB
internal import Ledger

/// The steps that lead from the tables of older programs to today's.
enum Upgrades {
    /// `steps[n]` leads from version n + 1 to n + 2.
    static let steps: [@Sendable (Database) throws -> Void] = []

    /// Brings the tables up to date, in the caller's transaction.
    static func run(from version: Int, in database: Database) throws {
        for step in steps.dropFirst(version - 1) { try step(database) }
        try database.execute(sql: "PRAGMA user_version = \(Opening.version)")
    }
}
