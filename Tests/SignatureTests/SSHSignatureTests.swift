import Crypto
import Foundation
import Ledger
import LedgerSignatures
import Support
import Testing

/// Signatures are accepted as `ssh-keygen -Y verify` accepts them, which is the reference.
struct SSHSignatureTests {
    private static let kinds = [
        ["-t", "ed25519"], ["-t", "rsa", "-b", "2048"], ["-t", "rsa", "-b", "3072"],
        ["-t", "ecdsa", "-b", "256"], ["-t", "ecdsa", "-b", "384"], ["-t", "ecdsa", "-b", "521"],
    ]
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private func keygen(_ arguments: [String], input: String? = nil) async throws -> Spoken {
        try await Spoken.run(["ssh-keygen"] + arguments, input: input)
    }

    /// Makes a key; returns its public line.
    private func key(_ name: String, _ kind: [String]) async throws -> String {
        let made = try await keygen(kind + ["-N", "", "-q", "-C", "", "-f", sandbox.path(name)])
        #expect(made.code == 0, "\(made.error)")
        let line = try String(contentsOfFile: sandbox.path(name + ".pub"), encoding: .utf8)
        return line.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func sign(
        _ text: String, _ key: String, namespace: String = "file", hash: String = "sha512"
    ) async throws -> String {
        let made = try await keygen(
            [
                "-Y", "sign", "-n", namespace, "-O", "hashalg=\(hash)", "-f", sandbox.path(key),
            ], input: text)
        #expect(made.code == 0, "\(made.error)")
        return made.output
    }

    @Test(arguments: kinds, ["sha256", "sha512"])
    func everyKindOfKeyIsRead(kind: [String], hash: String) async throws {
        _ = try await key("k", kind)
        let text = "a plan\n"
        let armored = try await sign(text, "k", hash: hash)
        let signature = try #require(SSHSignature(armored: armored))
        #expect(signature.namespace == "file")
        #expect(signature.isOver(Array(text.utf8)))
        #expect(!signature.isOver(Array("a plan".utf8)) && !signature.isOver([]))
    }

    /// One bit of the signature's bytes is turned over, at each place: it is refused, and nothing
    /// crashes.
    @Test(arguments: kinds)
    func everyChangedByteIsRefused(kind: [String]) async throws {
        _ = try await key("k", kind)
        let text = Array("a plan\n".utf8)
        let lines = try await sign("a plan\n", "k").split(separator: "\n")
        let blob = try #require(Data(base64Encoded: lines.dropFirst().dropLast().joined()))
        for place in blob.indices {
            var bytes = blob
            bytes[place] ^= 1
            let armored =
                "-----BEGIN SSH SIGNATURE-----\n\(bytes.base64EncodedString())\n"
                + "-----END SSH SIGNATURE-----\n"
            // (A changed namespace is another text, too.)
            #expect(SSHSignature(armored: armored)?.isOver(text) != true, "byte \(place)")
        }
        for count in blob.indices {
            let armored =
                "-----BEGIN SSH SIGNATURE-----\n\(blob.prefix(count).base64EncodedString())\n"
                + "-----END SSH SIGNATURE-----\n"
            #expect(SSHSignature(armored: armored) == nil)
        }
    }

    /// A security key signs what it saw, too: its flags and its counter (PROTOCOL.u2f). No test
    /// machine has one, so its part is played here.
    @Test func aHardwareKeyIsRead() throws {
        func field(_ bytes: [UInt8]) -> [UInt8] {
            withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } + bytes
        }
        func field(_ text: String) -> [UInt8] { field(Array(text.utf8)) }
        let own = Curve25519.Signing.PrivateKey()
        let name = "sk-ssh-ed25519@openssh.com"
        let blob =
            field(name) + field(Array(own.publicKey.rawRepresentation)) + field("ssh:")
        let text = Array("a plan".utf8)
        let inner =
            Array("SSHSIG".utf8) + field("file") + field([]) + field("sha512")
            + field(Array(SHA512.hash(data: text)))
        let seen: [UInt8] = [1, 0, 0, 0, 7]
        let signed =
            Array(SHA256.hash(data: Array("ssh:".utf8))) + seen + SHA256.hash(data: inner)
        let code = try Array(own.signature(for: signed))
        func armored(_ seen: [UInt8]) -> String {
            let whole =
                Array("SSHSIG".utf8) + [0, 0, 0, 1] + field(blob) + field("file") + field([])
                + field("sha512") + field(field(name) + field(code) + seen)
            return "-----BEGIN SSH SIGNATURE-----\n\(Data(whole).base64EncodedString())\n"
                + "-----END SSH SIGNATURE-----\n"
        }
        #expect(SSHSignature(armored: armored(seen))?.isOver(text) == true)
        #expect(SSHSignature(armored: armored([1, 0, 0, 0, 8]))?.isOver(text) == false)
        #expect(SSHSignature(armored: armored([]))?.isOver(text) == false)
        #expect(SSHSignature(armored: armored(seen + [0]))?.isOver(text) == false)
    }

    // MARK: Allowed signers

    private func found(
        _ signers: String, key: String, namespace: String = "file", at time: String? = nil
    ) throws -> AllowedSigners.Finding {
        let blob = try #require(Data(base64Encoded: String(key.split(separator: " ")[1])))
        let moment = Timestamp(time ?? "2026-06-01T12:00:00Z")
        return AllowedSigners(signers).owner(
            of: try #require(SSHPublicKey(blob: Array(blob))), namespace: namespace,
            at: try #require(moment))
    }

    /// Lines and what ssh-keygen says about them at the same time: both agree.
    @Test(arguments: [
        "alice KEY", "alice KEY a comment", "  alice\tKEY", "\"alice\" KEY", "alice,ali KEY",
        "alice namespaces=\"file\" KEY", "alice namespaces=\"git,file\" KEY",
        "alice namespaces=\"fi*\" KEY", "alice namespaces=\"git\" KEY",
        "alice namespaces=\"!file,*\" KEY", "alice namespaces=\"f?le\" KEY",
        "alice NAMESPACES=\"file\" KEY",
        "alice valid-after=\"20260101Z\" KEY", "alice valid-before=\"20260101Z\" KEY",
        "alice valid-after=\"20260601\",valid-before=\"20260602\" KEY",
        "alice valid-after=\"202606011159\",valid-before=\"20260601120001Z\" KEY",
        "alice valid-before=\"20260601120000Z\" KEY", "alice valid-after=\"20260601120000Z\" KEY",
        "alice cert-authority KEY", "alice zz-unknown KEY", "# alice KEY", "alice", "KEY", "",
        "bob namespaces=\"git\" KEY\nalice KEY", "alice KEY\nbob KEY", "*@x KEY", "!alice,* KEY",
        "alice valid-after=\"2026\" KEY", "alice namespaces=file KEY",
    ])
    func linesAreReadAsTheReferenceReadsThem(line: String) async throws {
        let key = try await key("k", ["-t", "ed25519"])
        let text = line.replacingOccurrences(of: "KEY", with: key) + "\n"
        try text.write(toFile: sandbox.path("signers"), atomically: true, encoding: .utf8)
        try await sign("a plan\n", "k").write(
            toFile: sandbox.path("sig"), atomically: true, encoding: .utf8)
        let said = try await keygen(
            [
                "-Y", "verify", "-n", "file", "-f", sandbox.path("signers"), "-I", "alice", "-s",
                sandbox.path("sig"), "-O", "verify-time=20260601120000Z",
            ], input: "a plan\n")
        let found = try found(text, key: key)
        #expect((found == .allowed("alice")) == (said.code == 0), "\(found): \(said.error)")
    }

    @Test func aKeyThatNobodyHasIsUnknown() async throws {
        let (one, other) = (
            try await key("k", ["-t", "ed25519"]), try await key("l", ["-t", "ed25519"])
        )
        #expect(try found("alice \(one)\n", key: other) == .unknown)
    }

    /// Patterns that make others search for ever.
    @Test(.timeLimit(.minutes(1))) func starsAreQuick() async throws {
        let key = try await key("k", ["-t", "ed25519"])
        let stars = String(repeating: "*a", count: 500)
        let found = try found(
            "alice namespaces=\"\(stars)b\" \(key)\n", key: key,
            namespace: String(repeating: "a", count: 4_000))
        #expect(
            found == .notAllowed("the key may not sign for \(String(repeating: "a", count: 4_000))")
        )
    }
}
