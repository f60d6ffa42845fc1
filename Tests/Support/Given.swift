import CommandEngine
public import CommandPorts
public import Commands
public import Ledger
internal import LedgerProof
public import Projections
internal import Synchronization

/// Given facts, when a command, then events or a refusal: the rule, without a store or a process.
public struct Given: Sendable {
    public var view: EnvironmentView
    public var run: RunView?
    public var plan: Plan?
    public var halfWay: RunView?
    public var author: Author
    public var now: Timestamp

    public init(_ facts: [Fact] = [], by author: String = "alice") async throws {
        let recorder = memoryRecorder()
        try await recorder.tell(facts)
        view = try await recorder.projector.environment(Sample.production)
        self.author = Author(name: author)
        now = Fixed.start
    }

    /// What is decided: kinds of events.
    public func when(_ command: Command) throws(Refusal) -> [Event] {
        let situation = Situation(
            now: now, author: author, environment: view, run: run, plan: plan,
            halfWay: halfWay)
        return try decide(command, in: situation)
    }

    /// Why it is refused; `nil` if it is not.
    public func refusal(of command: Command) -> Refusal? {
        do {
            _ = try when(command)
            return nil
        } catch { return error }
    }
}
