internal import Dispatch
internal import FoundationEssentials
internal import Glibc
public import Ledger
public import LedgerProof
internal import LedgerText

/// An Ed25519 key that an SSH agent holds: it signs checkpoints, and the private key never leaves
/// the agent.
///
/// The agent's signature over a text is plain Ed25519 (RFC 8709): the format that a signed note
/// requires.
public struct AgentKey: CheckpointSigner {
    public let verifier: VerifierKey
    private let agent: SSHAgent

    /// The key with this public key, held by the agent that listens on the socket
    /// (`SSH_AUTH_SOCK`).
    public init(_ verifier: VerifierKey, socket: String?) {
        self.verifier = verifier
        agent = SSHAgent(socket: socket)
    }

    /// The public key in a line of a `.pub` file, `ssh-ed25519 AAAA… comment`; `nil` if the line is
    /// malformed.
    public static func publicKey(in line: String) -> [UInt8]? {
        let words = line.words
        guard words.count >= 2, words[0] == "ssh-ed25519",
            let blob = Data(base64Encoded: String(words[1]))
        else { return nil }
        var reader = AgentMessage.Reader(bytes: Array(blob))
        guard reader.string() == Array("ssh-ed25519".utf8), let key = reader.string(),
            key.count == 32
        else { return nil }
        return key
    }

    private var blob: [UInt8] {
        AgentMessage.string(Array("ssh-ed25519".utf8)) + AgentMessage.string(verifier.bytes)
    }

    /// Throws `StoreProblem` unless an agent responds and has the key.
    public func check() throws {
        let held = try agent.keys()
        if held.contains(blob) { return }
        throw StoreProblem(
            .input, "the SSH agent does not have the key \(verifier.name)",
            cause: "it has \(held.count) other keys", hint: "add the key: ssh-add FILE")
    }

    /// 64 bytes of Ed25519 over the text; throws `StoreProblem` if the agent does not sign.
    public func signature(of text: [UInt8]) throws -> [UInt8] {
        let signature = try agent.signature(of: text, by: blob)
        if verifier.verifies(signature, of: text) { return signature }
        throw StoreProblem(.input, "the SSH agent returned an invalid signature")
    }
}

/// The required part of the SSH agent protocol (draft-ietf-sshm-ssh-agent).
struct SSHAgent {
    let socket: String?
    /// Timeout in seconds. The agent may ask its owner first (`ssh-add -c`). Other writers wait
    /// meanwhile, up to `Limits.lockSeconds`.
    var seconds = 10
    /// Maximum number of bytes of an answer: real answers have a few kilobytes.
    private static let most = 256 << 10

    /// The public keys that the agent has, in its own encoding.
    func keys() throws -> [[UInt8]] {
        var reader = AgentMessage.Reader(bytes: try ask([AgentMessage.listKeys]))
        guard reader.byte() == AgentMessage.keys, let count = reader.number() else {
            throw problem("the agent did not list its keys")
        }
        var keys: [[UInt8]] = []
        for _ in 0..<min(count, 1_000) {
            guard let blob = reader.string(), reader.string() != nil else { break }
            keys.append(blob)
        }
        return keys
    }

    func signature(of text: [UInt8], by blob: [UInt8]) throws -> [UInt8] {
        let flags: [UInt8] = [0, 0, 0, 0]
        let request =
            [AgentMessage.sign] + AgentMessage.string(blob) + AgentMessage.string(text) + flags
        var answer = AgentMessage.Reader(bytes: try ask(request))
        guard answer.byte() == AgentMessage.signed, let signature = answer.string() else {
            throw problem("the agent refused to sign with this key")
        }
        var parts = AgentMessage.Reader(bytes: signature)
        guard parts.string() == Array("ssh-ed25519".utf8), let bytes = parts.string() else {
            throw problem("the signature is not Ed25519")
        }
        return bytes
    }

    private func ask(_ request: [UInt8]) throws -> [UInt8] {
        let end = DispatchTime.now() + Double(seconds)
        let descriptor = try connected(by: end)
        defer { close(descriptor) }
        try send(AgentMessage.string(request), to: descriptor, by: end)
        var head = AgentMessage.Reader(bytes: try receive(4, from: descriptor, by: end))
        guard let count = head.number(), count <= Self.most else {
            throw problem("the answer is too long")
        }
        return try receive(count, from: descriptor, by: end)
    }

    private func connected(by end: DispatchTime) throws -> Int32 {
        guard let socket, !socket.isEmpty else { throw problem("SSH_AUTH_SOCK is not set") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(socket.utf8)
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw problem("the path in SSH_AUTH_SOCK is too long")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = Glibc.socket(AF_UNIX, kind, 0)
        try limit(descriptor, to: end)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if result == 0 { return descriptor }
        let error = errno
        close(descriptor)
        if error == EAGAIN { throw late }
        throw problem("\(socket): \(String(cString: strerror(error)))")
    }

    private func problem(_ cause: String) -> StoreProblem {
        StoreProblem(
            .input, "the SSH agent did not sign", cause: cause,
            hint: "start one and add the key: eval $(ssh-agent); ssh-add FILE")
    }

    /// Sets the socket's timeout to `end`; throws if `end` has passed.
    private func limit(_ descriptor: Int32, to end: DispatchTime) throws {
        let now = DispatchTime.now()
        guard now < end else { throw late }
        let left = (end.uptimeNanoseconds - now.uptimeNanoseconds) / 1_000 + 1
        var limit = timeval(tv_sec: Int(left / 1_000_000), tv_usec: Int(left % 1_000_000))
        let size = socklen_t(MemoryLayout<timeval>.size)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, size)
        }
    }

    private var late: StoreProblem {
        problem("no answer within \(seconds == 1 ? "1 second" : "\(seconds) seconds")")
    }

    private func send(_ bytes: [UInt8], to descriptor: Int32, by end: DispatchTime) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try limit(descriptor, to: end)
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { throw late }
            if count <= 0 {
                throw problem("cannot send a request: \(String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Throws if fewer bytes arrive or the time is over.
    private func receive(
        _ count: Int, from descriptor: Int32, by end: DispatchTime
    ) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var have = 0
        while have < count {
            try limit(descriptor, to: end)
            let more = bytes.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress?.advanced(by: have), count - have, 0)
            }
            if more < 0, errno == EINTR { continue }
            if more < 0, errno == EAGAIN { throw late }
            if more <= 0 { throw problem("the answer is incomplete") }
            have += more
        }
        return bytes
    }
}

/// The encoding of agent messages (RFC 4251, section 5).
enum AgentMessage {
    static let listKeys: UInt8 = 11
    static let keys: UInt8 = 12
    static let sign: UInt8 = 13
    static let signed: UInt8 = 14

    static func string(_ bytes: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt32(bytes.count).bigEndian, Array.init) + bytes
    }

    /// Reads values in order; `nil` if the message is too short.
    struct Reader {
        private var rest: ArraySlice<UInt8>

        init(bytes: [UInt8]) { rest = bytes[...] }

        mutating func byte() -> UInt8? { rest.popFirst() }

        mutating func number() -> Int? {
            guard rest.count >= 4 else { return nil }
            defer { rest = rest.dropFirst(4) }
            return rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        }

        mutating func string() -> [UInt8]? {
            guard let count = number(), rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
    }
}
