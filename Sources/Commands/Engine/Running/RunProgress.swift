public import Commands
public import Ledger

/// What a run tells while it is under way.
public enum RunProgress: Sendable {
    case stepStarted(Step, attempt: Int)
    /// What a step printed last, without secrets; it stands nowhere else.
    case printed(Step, String)
    case stepFinished(Step, succeeded: Bool, why: String, milliseconds: Int)
    case foundDone(Step, String)
    case waitingForHealth(ServiceName, HostName)
    case healthy(ServiceName, HostName)
    /// What was seen running; `asPlanned` is `nil` where nothing is planned any more, or nothing
    /// could be seen.
    case observed(ServiceName, HostName, String, asPlanned: Bool?)
    case notObserved(ServiceName, HostName, String)
    case puttingBack(String)
    case waitingForLeftover(Step)
    case waitingForBatch(Double)
}

/// How a run ended.
public enum RunOutcome: Hashable, Sendable {
    case finished(verified: Bool)
    case failed(Run.Failure, putBack: Bool)
    /// Nothing tells whether this step ran, and it must not run twice.
    case undecided(Step)
    /// The person stopped it; it can be resumed.
    case paused
    /// The hosts that were wanted are done, others are not: it can be resumed.
    case resting
}
