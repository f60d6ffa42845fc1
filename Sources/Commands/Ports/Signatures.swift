internal import LedgerText

/// The result of a signature check.
public enum SignatureFinding: Hashable, Sendable {
    /// Valid, and made by this person.
    case signed(by: String)
    /// Made over another text, or not a signature.
    case forged(String)
    /// Valid, but no allowed signer has this key.
    case foreign
    /// Made for another namespace.
    case otherNamespace
    /// The person may not sign now: the key has expired, or is restricted to other namespaces.
    case notAllowed(String)
}

/// The port that checks who made a signature.
public protocol SignatureChecker: Sendable {
    /// Checks an SSH signature (armored, PROTOCOL.sshsig) over a text against an allowed-signers
    /// file (ssh-keygen(1)). Throws `Refusal` if nothing can check it.
    func check(_ signature: String, over text: String, signers: String) async throws
        -> SignatureFinding
}

/// The port to a program that also makes signatures.
public protocol SignatureMaker: SignatureChecker {
    /// Signs a text with a key file, or with the public half of a key that an agent holds. Throws
    /// `Refusal` if it cannot.
    func sign(_ text: String, key: String) async throws -> String
}
