extension EventKind {
    /// The kinds that end a run, whatever its result.
    public static let endsOfRuns: [EventKind] = [
        .deployFinished, .revertFinished, .deployFailed, .revertFailed, .deployAbandoned,
        .revertAbandoned,
    ]
}
