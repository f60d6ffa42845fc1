public import Ledger
internal import LedgerText

/// The port to what carries steps out. It never sees the ledger: a command line in, a result out.
public protocol Runner: Sendable {
    /// Carries it out to its end. `hearing` is told, while it is under way, the whole line that it
    /// printed last: for people's eyes, with secrets in it.
    func run(
        _ invocation: Invocation, hearing: (@Sendable (String) -> Void)?
    ) async -> StepResult
    /// Tells what became of an earlier start, and waits at most so many seconds for it to end.
    func look(for job: Job, on server: Server?, within seconds: Int) async -> EarlierStart
    /// Writes a bundle's files where steps can use them, and gives the folder.
    func unpack(
        _ files: [BundleFile: [UInt8]], of bundle: ContentHash, on server: Server?
    ) async throws -> String
}

extension Runner {
    public func run(_ invocation: Invocation) async -> StepResult {
        await run(invocation, hearing: nil)
    }
}
