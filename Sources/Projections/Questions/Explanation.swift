internal import Ledger

/// Explains a service's state: for each field the entries that caused it.
public struct Explanation: Hashable, Sendable {
    /// One field of the state.
    public struct Line: Hashable, Sendable {
        public let field: String
        public let value: String
        /// Sequences of the entries, the decisive one first.
        public let entries: [Int]
    }
    public let lines: [Line]

    /// Explains one service's state and the marks that concern it.
    public init(_ state: ServiceState, in view: EnvironmentView) {
        var lines: [Line] = []
        // A corrected value has two causes: the correction, and the entry that it corrects.
        let made = [state.corrected, state.entry].compactMap(\.self)
        lines.append(
            Line(field: "release", value: state.release?.title ?? "nothing yet", entries: made))
        if let digest = state.release?.digest {
            lines.append(Line(field: "digest", value: digest.rawValue, entries: made))
        }
        if let revision = state.release?.revision {
            lines.append(Line(field: "revision", value: revision.rawValue, entries: made))
        }
        lines.append(
            Line(field: "state", value: state.state.rawValue, entries: [state.since]))
        for host in state.hosts {
            let seen =
                !host.reachable
                ? "out of reach"
                : host.tag?.rawValue ?? host.digest?.rawValue ?? host.revision?.short ?? "nothing"
            lines.append(Line(field: "host \(host.host)", value: seen, entries: [host.entry]))
        }
        for mark in view.marks where mark.release == nil || mark.release?.service == state.service {
            let what = mark.release.map { " of \($0.title)" } ?? ""
            lines.append(
                Line(field: mark.kind.rawValue + what, value: mark.reason, entries: [mark.entry]))
        }
        self.lines = lines
    }
}
