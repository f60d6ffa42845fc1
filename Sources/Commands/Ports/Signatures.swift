internal import LedgerText

/// What a signature turned out to be.
public enum SignatureFinding: Hashable, Sendable {
    /// It is good, and was made by this person.
    case signed(by: String)
    /// It is of something else, or is none.
    case forged(String)
    /// It is good, but nobody who may sign has this key.
    case foreign
    /// It was made for another purpose.
    case otherNamespace
    /// The person may not sign now: the key's time is over, or it is kept for other purposes.
    case notAllowed(String)
}

/// The port to what tells whose signature it is.
public protocol SignatureChecker: Sendable {
    /// Checks an SSH signature (armored, PROTOCOL.sshsig) over a text against an allowed-signers
    /// file (ssh-keygen(1)). Throws `Refusal` if nothing can check it.
    func check(_ signature: String, over text: String, signers: String) async throws
        -> SignatureFinding
}
