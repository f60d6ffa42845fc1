internal import Crypto
internal import CryptoExtras
internal import LedgerText

/// A public key of SSH: Ed25519, ECDSA, RSA, or one of a hardware key (`sk-…`).
public struct SSHPublicKey: Hashable, Sendable {
    private enum Kind: Hashable, Sendable {
        case ed25519([UInt8])
        /// The curve's size in bits, and the point (X9.63).
        case ecdsa(Int, [UInt8])
        case rsa(exponent: [UInt8], modulus: [UInt8])
        /// The key of a security key, and the application that it signs for (U2F).
        indirect case hardware(Kind, application: [UInt8])
    }

    /// The key as authorized_keys has it in base64 (RFC 4253, section 6.6).
    public let blob: [UInt8]
    private let kind: Kind
    /// The name of its kind: `ssh-ed25519`.
    public let name: String

    /// `nil` for a key of another kind (DSA, certificates), and for bytes that are no key.
    public init?(blob: [UInt8]) {
        var fields = SSHFields(blob)
        guard let name = fields.text(), let kind = Self.kind(name, &fields), fields.isAtEnd
        else { return nil }
        self.blob = blob
        self.kind = kind
        self.name = name
    }

    private static func kind(_ name: String, _ fields: inout SSHFields) -> Kind? {
        switch name {
        case "ssh-ed25519": return fields.string().map { .ed25519($0) }
        case "ssh-rsa":
            guard let exponent = fields.magnitude(), let modulus = fields.magnitude() else {
                return nil
            }
            return .rsa(exponent: exponent, modulus: modulus)
        case "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521":
            return ecdsa(curve: String(name.dropFirst(11)), &fields)
        case "sk-ssh-ed25519@openssh.com":
            guard let key = fields.string(), let application = fields.string() else { return nil }
            return .hardware(.ed25519(key), application: application)
        case "sk-ecdsa-sha2-nistp256@openssh.com":
            guard let key = ecdsa(curve: "nistp256", &fields), let application = fields.string()
            else { return nil }
            return .hardware(key, application: application)
        default: return nil
        }
    }

    private static func ecdsa(curve: String, _ fields: inout SSHFields) -> Kind? {
        guard fields.text() == curve, let point = fields.string(),
            let bits = Int(curve.dropFirst(5))
        else { return nil }
        return .ecdsa(bits, point)
    }

    /// Whether the signature (RFC 4253, section 6.6) is this key's over these bytes.
    public func hasSigned(_ bytes: [UInt8], _ signature: [UInt8]) -> Bool {
        var fields = SSHFields(signature)
        guard let name = fields.text(), let code = fields.string() else { return false }
        if case .hardware(let key, let application) = kind {
            // PROTOCOL.u2f: the key signs the hash of the application, what it saw, and the hash.
            guard name == self.name, let flags = fields.byte(),
                let counter = fields.bytes(4), fields.isAtEnd
            else { return false }
            let signed =
                Array(SHA256.hash(data: application)) + [flags] + counter
                + SHA256.hash(data: bytes)
            return Self.hasSigned(signed, code, key)
        }
        guard fields.isAtEnd else { return false }
        if case .rsa(let exponent, let modulus) = kind {
            return Self.hasSigned(bytes, code, name, exponent, modulus)
        }
        return name == self.name && Self.hasSigned(bytes, code, kind)
    }

    private static func hasSigned(_ bytes: [UInt8], _ code: [UInt8], _ kind: Kind) -> Bool {
        switch kind {
        case .ed25519(let key):
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key)
            return key?.isValidSignature(code, for: bytes) ?? false
        case .ecdsa(let bits, let point):
            return isECDSA(code, over: bytes, bits, point)
        case .rsa, .hardware: return false
        }
    }

    /// An ECDSA signature is two numbers (RFC 5656, section 3.1.2); the hash is that of the curve.
    private static func isECDSA(
        _ code: [UInt8], over bytes: [UInt8], _ bits: Int, _ point: [UInt8]
    ) -> Bool {
        var fields = SSHFields(code)
        let size = (bits + 7) / 8
        guard let r = fields.magnitude(), let s = fields.magnitude(), fields.isAtEnd,
            r.count <= size, s.count <= size
        else { return false }
        let raw = [r, s].flatMap { Array(repeating: 0, count: size - $0.count) + $0 }
        do {
            switch bits {
            case 256:
                return try P256.Signing.PublicKey(x963Representation: point)
                    .isValidSignature(.init(rawRepresentation: raw), for: bytes)
            case 384:
                return try P384.Signing.PublicKey(x963Representation: point)
                    .isValidSignature(.init(rawRepresentation: raw), for: bytes)
            case 521:
                return try P521.Signing.PublicKey(x963Representation: point)
                    .isValidSignature(.init(rawRepresentation: raw), for: bytes)
            default: return false
            }
        } catch { return false }
    }

    /// RSA with SHA-2 (RFC 8332). `ssh-rsa`, with SHA-1, is not accepted.
    private static func hasSigned(
        _ bytes: [UInt8], _ code: [UInt8], _ name: String, _ exponent: [UInt8], _ modulus: [UInt8]
    ) -> Bool {
        guard let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent) else { return false }
        let signature = _RSA.Signing.RSASignature(rawRepresentation: code)
        return switch name {
        case "rsa-sha2-256":
            key.isValidSignature(
                signature, for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
        case "rsa-sha2-512":
            key.isValidSignature(
                signature, for: SHA512.hash(data: bytes), padding: .insecurePKCS1v1_5)
        default: false
        }
    }
}
