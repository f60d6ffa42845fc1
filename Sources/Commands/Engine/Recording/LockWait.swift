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

    /// Waits at most `seconds`. `told` gets the refusal that the wait avoids, once.
    ///
    /// Throws the refusal if the time is over, and at once if a run was left half-way: it does not
    /// end by itself.
    public func wait(
        in environment: EnvironmentName, atMost seconds: Double, told: (Refusal) -> Void
    ) async throws {
        let start = recorder.surroundings.now()
        var isTold = false
        while true {
            let situation = try await recorder.situation(in: environment)
            do { return try LeaseRules.refuseOccupied(situation) } catch {
                let left = seconds - recorder.surroundings.now().seconds(since: start)
                guard situation.environment.lease != nil, left > 0 else { throw error }
                if !isTold { told(error) }
                isTold = true
                await recorder.surroundings.sleep(min(Self.pause, left))
            }
        }
    }
}
