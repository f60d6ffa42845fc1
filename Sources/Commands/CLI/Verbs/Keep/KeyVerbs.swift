internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerHome
internal import LedgerProof

/// `ledger key`
struct KeyVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "The key that signs the ledger's checkpoints",
        discussion: """
            A checkpoint contains the number of entries and their root. After a checkpoint is \
            signed, changes to those entries can be detected. Verifiers must get the verifier key \
            from a source other than the ledger. See docs/proof.md.

            Example: ledger key > shop.keys
            Example: ledger key new --reason "alice has left"
            """,
        subcommands: [KeyShowVerb.self, KeyNewVerb.self, KeyUseVerb.self],
        defaultSubcommand: KeyShowVerb.self)
}

/// `ledger key show`
struct KeyShowVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print the verifier keys, the current key first",
        discussion: "Example: ledger key show")
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.withStore(.reading) { store in
            let keys = try await CheckpointKey.all(of: store)
            if keys.isEmpty {
                throw Refusal(
                    .notPossible, "no key signs this ledger's checkpoints",
                    hint: Hint("create a key", run: "ledger key new"))
            }
            return Answer(
                keys.map { .line("\($0)") }, json: .array(keys.map { .string("\($0)") }))
        }
    }
}

/// Records a new signing key and puts it into use.
private func keyChange(
    to key: LedgerKey, _ reason: String?, _ wiring: Wiring
) async throws -> Answer {
    let file = CheckpointKey(besides: try wiring.database())
    let present = try await wiring.withStore(.writing) { try await file.own(of: $0) }
    if present == nil, let other = try file.read() {
        throw Refusal(
            .notPossible,
            "\(other.verifier.name), in \(file.path), is not the key that signs this ledger",
            cause: "it did not sign the last checkpoint, and no later key change names it",
            hint: Hint(CheckpointKey.advice(file.path)))
    }
    let previous = present?.verifier
    // The current key must sign the entry of the key change, so it is checked first.
    do { try present?.check() } catch let problem as StoreProblem {
        throw problem.hinting(
            "\(problem.hint?.description ?? ""). If the key is lost permanently: move \(file.path) away, and "
                + "repeat the command")
    }
    if previous == key.verifier {
        return Answer(
            [.line("\(key.verifier.name) already signs the checkpoints")],
            json: .object(["key": .string("\(key.verifier)")]))
    }
    // The secret is on disk before the entry that names its key. The first key signs its own entry.
    // The previous key signs the entry of each later key, so trust passes from key to key.
    try file.next.keep(key)
    let entry: Entry
    do {
        entry = try await wiring.recording(signing: previous == nil ? key : nil) { recorder in
            try await recorder.record([
                Fact(
                    .keyChanged(
                        KeyChange(
                            key: "\(key.verifier)", previous: previous.map { "\($0)" },
                            reason: reason)))
            ])[0]
        }
    } catch {
        unlink(file.next.path)
        throw error
    }
    try file.takeNext()
    return Answer(
        [
            .line("entry \(entry.sequence)"),
            .line("\(key.verifier)"),
            .hint("This key signs from now on. Give the verifier key above to all verifiers."),
        ], json: .object(["key": .string("\(key.verifier)"), "entry": JSONValue(entry.sequence)]))
}

/// Makes a key with a name. Throws `Refusal` if the name is malformed.
private func naming<T>(_ name: String, _ make: () throws -> T) throws -> T {
    do { return try make() } catch {
        throw Refusal(
            .invalid, "\"\(name)\" cannot be the name of a key", cause: "\(error)",
            hint: "write it like a URL without a scheme: --origin shop.example/ledger")
    }
}

extension Wiring {
    /// The name of the ledger in its checkpoints: the given name, the previous name, or the name of
    /// its folder.
    fileprivate func origin(_ name: String?) async throws -> String {
        if let name { return name }
        return try await withStore(.writing) { store in
            if let note = try await store.checkpoint(covering: nil) {
                return try Checkpoint(note.text).origin
            }
            let own = try await CheckpointKey(besides: store.location).own(of: store)
            return try own?.verifier.name.name ?? CheckpointKey.name(for: home())
        }
    }
}

/// `ledger key new`
struct KeyNewVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Create a new key that signs from the next entry",
        discussion: """
            The change is recorded as an entry. Signatures of earlier keys stay valid. The new \
            secret replaces the earlier one.

            Example: ledger key new --origin shop.example/ledger
            """)
    @Option(
        help: "The ledger's name in its checkpoints. Default: the previous name, or the folder's."
    )
    var origin: String?
    @Option(help: "Why.")
    var reason: String?
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let name = try await wiring.origin(origin)
        let key = try naming(name) { try SigningKey(name: name) }
        return try await keyChange(to: .secret(key), reason, wiring)
    }
}

/// `ledger key use`
struct KeyUseVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "use", abstract: "Use a key from a file from the next entry",
        discussion: """
            The file contains one line, PRIVATE+KEY+name+hash+…, in the format of signed notes. \
            Or it is the .pub file of an Ed25519 key in an SSH agent. Then the agent signs each \
            entry, and the ledger never reads the secret.

            Example: ledger key use /run/secrets/checkpoint.key
            Example: ledger key use ~/.ssh/id_ed25519.pub --origin shop.example/ledger
            """)
    @Argument(help: "The file of the key, or of its public key.")
    var file: String
    @Option(help: "For a key in an agent: the ledger's name. Default: the previous name.")
    var origin: String?
    @Option(help: "Why.")
    var reason: String?
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let text = FileManager.default.contents(atPath: file).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard let bytes = text.flatMap(LedgerKey.publicKey) else {
            guard let key = try? CheckpointKey.key(in: file) else {
                throw Refusal(
                    .invalid, "\(file) does not contain a key that can sign checkpoints",
                    cause: text == nil
                        ? "it cannot be read, or is a folder"
                        : "it is neither PRIVATE+KEY+… nor ssh-ed25519 …",
                    hint: "name a private key file, or the .pub file of an Ed25519 key in an agent")
            }
            return try await keyChange(to: key, reason, wiring)
        }
        let name = try await wiring.origin(origin)
        let key = LedgerKey.ofAgent(
            try naming(name) { try VerifierKey(name: name, bytes: bytes) },
            socket: wiring.variables["SSH_AUTH_SOCK"])
        try key.check()
        return try await keyChange(to: key, reason, wiring)
    }
}
