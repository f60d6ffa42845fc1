internal import CommandEngine
internal import CommandPorts
internal import CommandRunners
internal import Commands
internal import Foundation
internal import Ledger

/// The yes of others to a redaction, signed.
struct Consent {
    let wiring: Wiring
    let recorder: Recorder

    /// Adds the signatures of others to a decision. Throws `Refusal` if the environment wants more
    /// of them than there are, or if one does not hold.
    func sign(
        _ decision: inout Redacted, _ statement: String, _ files: [String],
        _ environment: EnvironmentName?
    ) async throws {
        let place = try wiring.place(environment)
        let needed = place?.approvalsNeeded ?? 0
        if files.isEmpty, needed == 0 { return }
        guard let path = place?.signers else {
            throw Refusal(
                .approvalMissing, "nobody is named who could sign this",
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
                "\(environment.map { "\($0)" } ?? "it") wants the yes of \(needed) others, and has "
                    + "\(names.count)",
                hint: "let them sign what --statement prints: "
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
                .approvalMissing, "the signature in \(file) does not hold",
                cause: "it is not that of an allowed signer over what --statement prints",
                hint: "sign exactly that, with the same reason and for the same person who asks")
        }
        if Plan.isSame(name, recorder.surroundings.author.name) {
            throw Refusal(
                .approvalMissing, "\(name) asks for it, and cannot approve it as well",
                hint: "let somebody else sign")
        }
        return name
    }
}

extension Wiring {
    /// What the playbook says of an environment. Throws `Refusal` where there is no playbook: then
    /// nobody knows who has to say yes.
    func place(_ environment: EnvironmentName?) throws -> Playbook.Environment? {
        try environment.flatMap { try playbook().environments[$0] }
    }
}
