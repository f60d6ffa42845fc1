/// The findings about a ledger's file and its surroundings. The examination changes nothing.
public struct Examination: Sendable {
    /// The state of a finding.
    public enum State: String, Sendable {
        case well
        /// It works, but needs attention.
        case look
        /// The recorded data is at risk.
        case bad
    }
    /// The result of one check.
    public struct Finding: Sendable, Hashable {
        /// `file`, `log`, `lock`, `versions`, `permissions`, `disk`, `clock`, `newest`, `rests`,
        /// `backups`.
        public let about: String
        public let state: State
        public let what: String
        /// The action to take; `nil` if none is needed.
        public let toDo: String?

        public init(_ about: String, _ state: State, _ what: String, toDo: String? = nil) {
            self.about = about
            self.state = state
            self.what = what
            self.toDo = toDo
        }
    }
    public let findings: [Finding]

    public init(findings: [Finding]) { self.findings = findings }
}
