public import Commands
public import Ledger

/// The progress events of a run.
public enum RunProgress: Sendable {
    case stepStarted(Step, attempt: Int)
    /// The last output of a step, without secrets; it is not recorded anywhere.
    case printed(Step, String)
    case stepFinished(Step, succeeded: Bool, why: String, milliseconds: Int)
    case foundDone(Step, String)
    case waitingForHealth(ServiceName, HostName)
    case healthy(ServiceName, HostName)
    /// An observation; `asPlanned` is `nil` if nothing is planned any more, or nothing could be
    /// observed.
    case observed(ServiceName, HostName, String, asPlanned: Bool?)
    case notObserved(ServiceName, HostName, String)
    case puttingBack(String)
    case waitingForLeftover(Step)
    case waitingForBatch(Double)
}

/// The result of a run.
public enum RunOutcome: Hashable, Sendable {
    case finished(verified: Bool)
    case failed(Run.Failure, putBack: Bool)
    /// It is unknown whether this step ran, and it must not run twice.
    case undecided(Step)
    /// The person stopped it; it can be resumed.
    case paused
    /// The selected hosts are done and others are not: the run can be resumed.
    case resting
}
