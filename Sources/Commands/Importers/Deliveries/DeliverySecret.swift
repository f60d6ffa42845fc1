internal import Crypto
internal import Ledger
internal import LedgerText

/// A secret that a sender and the ledger share: it proves who sent a delivery.
public struct DeliverySecret: Sendable {
    private let bytes: [UInt8]

    /// Reads a secret from a file, without the line feed that editors add.
    ///
    /// Throws `DeliveryProblem` if the file is empty.
    public init(file: some Collection<UInt8>) throws(DeliveryProblem) {
        var bytes = Array(file)
        while let last = bytes.last, last == 10 || last == 13 { bytes.removeLast() }
        guard !bytes.isEmpty else {
            throw DeliveryProblem(
                "the secret file is empty", hint: "write the webhook's secret to the file")
        }
        self.bytes = bytes
    }

    /// Throws `DeliveryProblem` unless the delivery proves that its sender knows the secret: by an
    /// HMAC with SHA-256 over the body (RFC 2104), or by the secret itself in a header, depending
    /// on the sender.
    public func prove(_ delivery: RawDelivery, from sender: Sender) throws(DeliveryProblem) {
        switch sender {
        case .github: try signed(delivery, ["x-hub-signature-256"], weak: "x-hub-signature")
        case .gitea:
            try signed(
                delivery,
                ["x-hub-signature-256", "x-forgejo-signature", "x-gitea-signature"],
                weak: "x-hub-signature")
        case .bitbucket: try signed(delivery, ["x-hub-signature"], weak: "")
        case .gitlab: try presented(delivery, "x-gitlab-token")
        case .registry, .harbor, .alertmanager, .cdevents, .cloudevents:
            try presented(delivery, "authorization")
        case .dockerhub:
            throw DeliveryProblem(
                "Docker Hub neither signs deliveries nor sends a secret",
                hint: "omit --secret-file, and accept deliveries only from your own receiver")
        }
    }

    private func signed(
        _ delivery: RawDelivery, _ names: [String], weak: String
    ) throws(DeliveryProblem) {
        guard let text = names.lazy.compactMap({ delivery.headers[$0] }).first else {
            let other = delivery.headers[weak]
            throw DeliveryProblem(
                other == nil
                    ? "the delivery has no signature"
                    : "the delivery is signed only with SHA-1, which is not secure",
                hint: "set the secret at the sender; the header is \(names[0])")
        }
        let digits = text.begins(with: "sha256=") ? String(text.dropFirst(7)) : text
        guard text.begins(with: "sha256=") || !text.holds("="), let code = Self.bytes(of: digits),
            code.count == SHA256.byteCount
        else {
            throw DeliveryProblem(
                "the signature is not SHA-256",
                hint: "use the form sha256= and 64 hexadecimal digits")
        }
        guard
            HMAC<SHA256>.isValidAuthenticationCode(
                code, authenticating: delivery.body, using: SymmetricKey(data: bytes))
        else {
            throw DeliveryProblem(
                "the signature does not match the body and the secret",
                hint: "check the secret, and that the body bytes are unchanged")
        }
    }

    private func presented(_ delivery: RawDelivery, _ name: String) throws(DeliveryProblem) {
        guard let text = delivery.headers[name] else {
            throw DeliveryProblem(
                "the delivery has no secret", hint: "set it at the sender; the header is \(name)")
        }
        let words = ["Bearer ", "bearer "].first { text.begins(with: $0) }
        // Compares HMACs under a random key: the comparison time reveals nothing about the secret.
        let key = SymmetricKey(size: .bits256)
        let told = words.map { String(text.dropFirst($0.count)) } ?? text
        let code = HMAC<SHA256>.authenticationCode(for: Array(told.utf8), using: key)
        guard
            HMAC<SHA256>.isValidAuthenticationCode(
                Array(code), authenticating: bytes, using: key)
        else {
            throw DeliveryProblem(
                "the delivery has a different secret",
                hint: "check the secret file and the sender's settings")
        }
    }

    private static func bytes(of digits: String) -> [UInt8]? {
        let units = Array(digits.utf8)
        guard units.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for at in stride(from: 0, to: units.count, by: 2) {
            let pair = String(decoding: units[at...(at + 1)], as: UTF8.self)
            guard !pair.begins(with: "+"), !pair.begins(with: "-"),
                let byte = UInt8(pair, radix: 16)
            else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}
