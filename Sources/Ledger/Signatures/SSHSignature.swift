internal import Crypto
internal import LedgerProof
internal import LedgerText

/// A signature over a text, as `ssh-keygen -Y sign` writes it (PROTOCOL.sshsig of OpenSSH).
public struct SSHSignature: Sendable {
    public let key: SSHPublicKey
    /// What the signature is for. A signature for another purpose is not accepted.
    public let namespace: String
    private let reserved: [UInt8]
    private let hash: String
    private let code: [UInt8]

    /// The most bytes of an armored signature: one with an RSA key of 16,384 bits has 6,000.
    private static let limit = 16 << 10
    private static let begin = "-----BEGIN SSH SIGNATURE-----"
    private static let end = "-----END SSH SIGNATURE-----"
    private static let magic = Array("SSHSIG".utf8)

    /// `nil` if the text is not an armored signature of version 1 with a key that is supported.
    public init?(armored text: String) {
        guard text.utf8.count <= Self.limit else { return nil }
        let lines = text.trimmed.fullLines.map(\.trimmed)
        guard lines.first == Self.begin, lines.last == Self.end, lines.count > 2,
            let blob = Base64.decode(lines[1..<(lines.count - 1)].joined())
        else { return nil }
        var fields = SSHFields(blob)
        guard fields.bytes(Self.magic.count) == Self.magic, fields.number() == 1,
            let key = fields.string().flatMap(SSHPublicKey.init(blob:)),
            let namespace = fields.text(), !namespace.utf8.isEmpty,
            let reserved = fields.string(), let hash = fields.text(),
            let code = fields.string(), fields.isAtEnd
        else { return nil }
        (self.key, self.namespace, self.reserved) = (key, namespace, reserved)
        (self.hash, self.code) = (hash, code)
    }

    /// Whether it was made over this text, by its own key.
    public func isOver(_ text: [UInt8]) -> Bool {
        let digest: [UInt8]
        switch hash {
        case "sha256": digest = Array(SHA256.hash(data: text))
        case "sha512": digest = Array(SHA512.hash(data: text))
        default: return false
        }
        let signed =
            Self.magic + SSHFields.string(Array(namespace.utf8)) + SSHFields.string(reserved)
            + SSHFields.string(Array(hash.utf8)) + SSHFields.string(digest)
        return key.hasSigned(signed, code)
    }
}
