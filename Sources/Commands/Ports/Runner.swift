public import Ledger
internal import LedgerText

/// The port that runs steps. It never reads the ledger: a command line in, a result out.
public protocol Runner: Sendable {
    /// Runs it to its end. Meanwhile `hearing` receives the last complete line of output: for
    /// people only, because it may contain secrets.
    func run(
        _ invocation: Invocation, hearing: (@Sendable (String) -> Void)?
    ) async -> StepResult
    /// Returns the result of an earlier start, and waits a limited number of seconds for its end.
    func look(for job: Job, on server: Server?, within seconds: Int) async -> EarlierStart
    /// Writes a bundle's files where steps can use them, and returns the folder.
    func unpack(
        _ files: [BundleFile: [UInt8]], of bundle: ContentHash, on server: Server?
    ) async throws -> String
}

extension Runner {
    public func run(_ invocation: Invocation) async -> StepResult {
        await run(invocation, hearing: nil)
    }
}
