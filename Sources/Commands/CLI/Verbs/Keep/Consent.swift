internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import Foundation
internal import Ledger

/// The signed approvals of a redaction by other persons.
struct Consent {
    let wiring: Wiring
    let recorder: Recorder

    /// Adds the approvers' signatures to a decision. Throws `Refusal` if the environment requires
    /// more signatures, or if a signature is invalid.
    func sign(
        _ decision: inout Redacted, _ statement: String, _ files: [String],
        _ environment: EnvironmentName?
    ) async throws {
        let place = try wiring.place(environment)
        let needed = place?.approvalsNeeded ?? 0
        if files.isEmpty, needed == 0 { return }
        guard let path = place?.signers else {
            throw Refusal(
                .approvalMissing, "no allowed signers are configured",
                cause: "the playbook has no approval: {signers: …} for "
                    + (environment.map { "\($0)" } ?? "an entry without an environment"),
                hint: "name a file of allowed signers in ledger.yaml (docs/approvals.md)")
        }
        let signers = try wiring.text(ofPlaybookFile: path)
        var (names, signatures) = ([String](), [String]())
        for file in files {
            guard let found = FileManager.default.contents(atPath: file) else {
                throw Refusal(.invalid, "\(file) cannot be read", hint: "name the signature's file")
            }
            let signature = String(decoding: found, as: UTF8.self)
            let name = try await name(of: signature, in: file, over: statement, signers)
            if names.contains(where: { Plan.isSame($0, name) }) { continue }
            (names, signatures) = (names + [name], signatures + [signature])
        }
        if names.count < needed {
            throw Refusal(
                .approvalMissing,
                "\(environment.map { "\($0)" } ?? "it") requires \(needed) \(needed == 1 ? "approval" : "approvals"); "
                    + "\(names.count) given",
                hint: "request signatures over the output of --statement: "
                    + "ssh-keygen -Y sign -n \(ApprovalStatement.namespace) -f KEY; then add "
                    + "--signature FILE")
        }
        (decision.approvedBy, decision.signatures) = (names, signatures)
    }

    private func name(
        of signature: String, in file: String, over statement: String, _ signers: String
    ) async throws -> String {
        let checker = try wiring.signatures(recorder.secretFilter)
        guard
            case .signed(let name) = try await checker.check(
                signature, over: statement, signers: signers)
        else {
            throw Refusal(
                .approvalMissing, "the signature in \(file) is invalid",
                cause: "it is not an allowed signer's signature over the output of --statement",
                hint: "sign that output, made with the same reason and the same author")
        }
        if Plan.isSame(name, recorder.surroundings.author.name) {
            throw Refusal(
                .approvalMissing, "\(name) cannot approve their own redaction",
                hint: "request the signature of another person")
        }
        return name
    }
}

extension Wiring {
    /// The playbook's settings of an environment. Throws `Refusal` without a playbook, because the
    /// required approvals are then unknown.
    func place(_ environment: EnvironmentName?) throws -> Playbook.Environment? {
        try environment.flatMap { try playbook().environments[$0] }
    }
}
