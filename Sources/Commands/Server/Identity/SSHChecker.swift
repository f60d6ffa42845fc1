internal import CommandPorts
internal import Ledger
internal import LedgerSignatures

/// Checks SSH signatures without starting a process: anybody may send one.
struct SSHChecker: SignatureChecker {
    /// What the signatures must be for (PROTOCOL.sshsig).
    let namespace: String
    let now: @Sendable () -> Timestamp

    func check(
        _ signature: String, over text: String, signers: String
    ) async throws -> SignatureFinding {
        check(signature, over: text, signers: AllowedSigners(signers))
    }

    func check(
        _ signature: String, over text: String, signers: AllowedSigners
    ) -> SignatureFinding {
        guard let signature = SSHSignature(armored: signature) else {
            return .forged("it is not an SSH signature with a key that is supported")
        }
        if signature.namespace != namespace { return .otherNamespace }
        guard signature.isOver(Array(text.utf8)) else {
            return .forged("it is not over this text")
        }
        return switch signers.owner(of: signature.key, namespace: namespace, at: now()) {
        case .allowed(let name): .signed(by: name)
        case .unknown: .foreign
        case .notAllowed(let why): .notAllowed(why)
        }
    }
}
