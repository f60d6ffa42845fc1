internal import Glibc
internal import Synchronization

/// Ctrl-C, and a terminal that is closed, stop a run: the running step finishes, and no further
/// step starts.
enum StopSignals {
    /// What is written when Ctrl-C comes. A live view shows by itself that the run is stopping.
    enum Saying { case note, nothing }

    private static let stopped = Atomic<Bool>(false)
    private static let isQuiet = Atomic<Bool>(false)

    static var haveCome: Bool { stopped.load(ordering: .relaxed) }

    static func listen(saying: Saying) {
        isQuiet.store(saying == .nothing, ordering: .relaxed)
        signal(SIGINT) { _ in
            StopSignals.stopped.store(true, ordering: .relaxed)
            if StopSignals.isQuiet.load(ordering: .relaxed) { return }
            let note = "\nStopping after the running step …\n"
            _ = note.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        }
        // Output after the terminal was closed is lost.
        for kind in [SIGTERM, SIGHUP] {
            signal(kind) { _ in StopSignals.stopped.store(true, ordering: .relaxed) }
        }
    }
}
