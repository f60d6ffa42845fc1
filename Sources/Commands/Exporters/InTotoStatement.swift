public import Crypto
internal import CryptoExtras
internal import FoundationEssentials
public import Ledger
internal import LedgerProof
internal import LedgerText

/// A deployment or a revert as an in-toto statement (in-toto.io, "Statement", version 1): which
/// image runs where and since when, and which ledger entry records it.
public enum InTotoStatement {
    static let type = "https://in-toto.io/Statement/v1"
    /// The type of the predicate; docs/exporting.md lists its members.
    static let predicate = "urn:ledger:deployment:v1"

    /// The statement of a `deploy.finished` or `revert.finished`, in a ledger that is at `head`.
    ///
    /// Throws `FieldProblem` if the entry is of another kind, or has no image digest. A statement
    /// requires a digest as its subject.
    public static func value(of entry: Entry, head: LedgerHead) throws(FieldProblem) -> JSONValue {
        let run: RunFinished
        switch entry.event {
        case .deployed(let it), .reverted(let it): run = it
        default:
            throw FieldProblem(
                field: "kind",
                reason: "a statement requires a finished deploy or revert; this entry is "
                    + entry.kind)
        }
        guard let digest = run.digest else {
            throw FieldProblem(
                field: "digest", reason: "entry \(entry.sequence) has no image digest")
        }
        let parts = digest.rawValue.parts(separator: ":", maxSplits: 1).map(String.init)
        var predicate: [String: JSONValue] = [
            "environment": .string(run.environment.rawValue),
            "service": .string(run.service.rawValue),
            "action": entry.kind == EventKind.revertFinished.rawValue ? "revert" : "deploy",
            "verified": .bool(run.verified == true), "finished": .string(entry.time.description),
            "by": .string(entry.by.name), "known": .string(entry.by.known.rawValue),
            "entry": [
                "id": .string(entry.id.description), "sequence": JSONValue(entry.sequence),
                "leaf": entry.hashes.first.map { .string($0.description) } ?? .null,
            ],
            "ledger": [
                "entries": JSONValue(head.sequence), "root": .string(head.root.description),
            ],
        ]
        predicate["tag"] = run.tag.map { .string($0.rawValue) }
        predicate["revision"] = run.revision.map { .string($0.rawValue) }
        predicate["from"] = run.from.map { .string($0.rawValue) }
        predicate["bundle"] = run.bundle.map { .string($0.rawValue) }
        predicate["run"] = entry.draft.correlation.map { .string($0.description) }
        predicate["hosts"] = run.hosts.map { .array($0.map { .string($0.rawValue) }) }
        return [
            "_type": .string(type),
            "subject": [
                [
                    "name": .string(run.service.rawValue),
                    "digest": .object([parts[0]: .string(parts.last ?? "")]),
                ]
            ],
            "predicateType": .string(Self.predicate), "predicate": .object(predicate),
        ]
    }
}

/// A signed payload (github.com/secure-systems-lab/dsse, "DSSE Envelope", version 1).
public enum DSSEEnvelope {
    static let payloadType = "application/vnd.in-toto+json"

    /// The envelope of a statement, signed with an Ed25519 key (RFC 8032).
    public static func value(
        of statement: JSONValue, key: Curve25519.Signing.PrivateKey
    ) throws -> JSONValue {
        let payload = Array(Canonical.text(statement).utf8)
        let signature = try key.signature(for: encoding(of: payload))
        return [
            "payloadType": .string(payloadType),
            "payload": .string(Data(payload).base64EncodedString()),
            "signatures": [
                [
                    "keyid": .string(keyID(key.publicKey)),
                    "sig": .string(signature.base64EncodedString()),
                ]
            ],
        ]
    }

    /// The signed bytes: `PAE(type, body)`.
    static func encoding(of payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
    }

    /// SHA-256 of the public key's SubjectPublicKeyInfo (RFC 8410): the output of `openssl pkey
    /// -pubout -outform DER | sha256sum`.
    static func keyID(_ key: Curve25519.Signing.PublicKey) -> String {
        Hex.encode(SHA256.hash(data: key.derRepresentation))
    }

    /// The private key of a PEM file (PKCS#8, RFC 8410); `nil` if the text is not such a key.
    public static func key(pem: String) -> Curve25519.Signing.PrivateKey? {
        try? Curve25519.Signing.PrivateKey(pemRepresentation: pem)
    }
}
