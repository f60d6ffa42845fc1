public import CommandPorts
internal import LedgerProof
internal import Synchronization

/// Where nothing is signed: everything that is looked at is a forgery.
public struct NoSignatures: SignatureChecker {
    public init() {}

    public func check(
        _ signature: String, over text: String, signers: String
    ) async throws -> SignatureFinding { .forged("nothing is signed here") }
}
