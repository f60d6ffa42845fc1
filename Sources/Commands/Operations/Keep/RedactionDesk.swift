internal import CommandEngine
internal import CommandPorts
internal import Commands
public import Ledger
internal import LedgerText
internal import Projections

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

    /// What a redaction in an environment requires: the stricter of each rule of the present
    /// playbook and of the one last used there. Throws `Refusal` without a playbook, because the
    /// required approvals are then unknown.
    func rules(in environment: EnvironmentName?) async throws -> RedactionRules {
        guard let environment else { return RedactionRules() }
        let recorder = recording.recorder
        let sealed = try await recorder.projector.sealed([environment])
        let former = try await recorder.lastUsedPlan(in: environment, sealed)
        let place = try recording.desk.playbook.get().environments[environment]
        if place == nil, let former {
            throw Refusal(
                .policy, "the playbook does not define \(environment)",
                cause:
                    "run \(former.run.number) used one that does: its rules hold for redactions too",
                hint: "use the playbook of \(environment): --playbook FILE")
        }
        return RedactionRules(
            needed: max(place?.approvalsNeeded ?? 0, former?.plan.approvals ?? 0),
            signers: try place?.signers.map(projectFile), formerSigners: former?.plan.signers,
            isProtected: place?.protected == true || former?.plan.protected == true)
    }
}

/// The approvals that a redaction requires.
struct RedactionRules {
    /// The number of approvals by other persons.
    var needed = 0
    /// The allowed signers of the present playbook, and those of the playbook last used.
    var signers: String?
    var formerSigners: String?
    /// Whether the environment's name must be typed.
    var isProtected = false

    /// Who may sign: the signers that both lists name, if there are two. A new signer can sign once
    /// a run has used the new list.
    var allowed: String? {
        guard let signers, let formerSigners else { return signers ?? formerSigners }
        let former = Set(formerSigners.fullLines.map { Array($0.utf8) })
        return signers.fullLines.filter { former.contains(Array($0.utf8)) }
            .joined(separator: "\n") + "\n"
    }
}
