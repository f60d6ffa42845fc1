internal import CommandRunners
public import Ledger
public import LedgerProof
internal import LedgerText
internal import Synchronization

/// Signs a ledger's checkpoints: either a secret key of the ledger, or a key that an agent holds.
public struct LedgerKey: CheckpointSigner, CustomStringConvertible {
    private enum Kind {
        case secret(SigningKey)
        case agent(AgentKey)
    }
    private let kind: Kind
    private let heard: @Sendable (String) -> Void

    private static let mark = "AGENT+KEY+"
    /// Whether the agent has failed in this process.
    private static let isGone = Atomic<Bool>(false)

    private init(_ kind: Kind, _ heard: @escaping @Sendable (String) -> Void = { _ in }) {
        self.kind = kind
        self.heard = heard
    }

    /// Parses the contents of a key file; throws `ProofProblem`. `heard` is called with a warning
    /// if the agent does not sign.
    init(
        _ text: String, socket: String?, heard: @escaping @Sendable (String) -> Void
    ) throws {
        guard text.begins(with: Self.mark) else {
            self.init(.secret(try SigningKey(text)), heard)
            return
        }
        let verifier = try VerifierKey(String(text.dropFirst(Self.mark.count)))
        self.init(.agent(AgentKey(verifier, socket: socket)), heard)
    }

    /// A secret key of the ledger.
    public static func secret(_ key: SigningKey) -> LedgerKey { LedgerKey(.secret(key)) }

    /// The key that an SSH agent holds.
    public static func ofAgent(_ key: VerifierKey, socket: String?) -> LedgerKey {
        LedgerKey(.agent(AgentKey(key, socket: socket)))
    }

    /// The bytes of an Ed25519 key of a `.pub` file; `nil` for anything else.
    public static func publicKey(_ text: String) -> [UInt8]? { AgentKey.publicKey(in: text) }

    /// The contents of the key file.
    public var description: String {
        switch kind {
        case .secret(let key): key.description
        case .agent(let key): Self.mark + "\(key.verifier)"
        }
    }

    public var verifier: VerifierKey {
        switch kind {
        case .secret(let key): key.verifier
        case .agent(let key): key.verifier
        }
    }

    /// Throws `StoreProblem` if it cannot sign now.
    public func check() throws {
        if case .agent(let key) = kind { try key.check() }
    }

    /// Throws `StoreProblem` if the agent does not sign.
    public func signature(of text: [UInt8]) throws -> [UInt8] {
        switch kind {
        case .secret(let key): return try key.signature(of: text)
        case .agent(let key):
            // The ledger continues without signatures. A lost agent must not block a rollback, or
            // make it wait again.
            if Self.isGone.load(ordering: .relaxed) {
                throw StoreProblem(.input, "the SSH agent does not sign")
            }
            do { return try key.signature(of: text) } catch {
                Self.isGone.store(true, ordering: .relaxed)
                heard("Warning: new entries are not signed: \(error)")
                throw error
            }
        }
    }
}
