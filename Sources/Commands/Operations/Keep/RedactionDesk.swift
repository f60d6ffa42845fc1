internal import Commands
public import Ledger

/// The context of redactions: a ledger in full, and the project's files.
public struct RedactionDesk: Sendable {
    public let recording: RecordingDesk
    public let store: any KeptLedger
    /// The text of a file that the playbook names; throws `Refusal` if it cannot be read.
    let projectFile: @Sendable (String) throws -> String

    public init(
        _ recording: RecordingDesk, _ store: any KeptLedger,
        projectFile: @escaping @Sendable (String) throws -> String
    ) {
        self.recording = recording
        self.store = store
        self.projectFile = projectFile
    }

    /// The playbook's settings of an environment. Throws `Refusal` without a playbook, because the
    /// required approvals are then unknown.
    func place(_ environment: EnvironmentName?) throws -> Playbook.Environment? {
        try environment.flatMap { try recording.desk.playbook.get().environments[$0] }
    }
}
