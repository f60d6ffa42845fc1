public import CommandPorts
internal import Commands
public import Ledger
internal import Projections

/// Waits until no other run is under way in an environment.
public struct LockWait: Sendable {
    let recorder: Recorder
    /// Seconds between two looks at the ledger.
    private static let pause = 1.0

    public init(_ recorder: Recorder) { self.recorder = recorder }

    /// Waits at most `seconds`. `report` is called once, when waiting begins.
    ///
    /// Throws the refusal if the time is over, and at once if a run was left half-way: it does not
    /// end by itself.
    public func wait(
        in environment: EnvironmentName, atMost seconds: Double, report: (Refusal) -> Void
    ) async throws {
        let start = recorder.surroundings.now()
        var isReported = false
        while true {
            let situation = try await recorder.situation(in: environment)
            do { return try LeaseRules.refuseOccupied(situation) } catch {
                let left = seconds - recorder.surroundings.now().seconds(since: start)
                let mayEnd =
                    situation.environment.lease?.mayBeAtWork(
                        at: situation.clock, holderIsAlive: situation.holderIsAlive) ?? false
                guard mayEnd, left > 0 else { throw error }
                if !isReported { report(error) }
                isReported = true
                await recorder.surroundings.sleep(min(Self.pause, left))
            }
        }
    }
}
