internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import CommandRunners
internal import Foundation
internal import Ledger
internal import LedgerProof
internal import LedgerSQLite

/// `ledger key`
struct KeyVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "The key that signs the ledger's checkpoints",
        discussion: """
            A checkpoint says how many entries there are and what their root is; signed, it is what the \
            ledger cannot take back. Whoever is to check it needs the verifier key, on a way that does \
            not lead through the ledger. docs/proof.md tells more.

            Example: ledger key > shop.keys
            Example: ledger key new --reason "alice has left"
            """,
        subcommands: [KeyShowVerb.self, KeyNewVerb.self, KeyUseVerb.self],
        defaultSubcommand: KeyShowVerb.self)
}

/// `ledger key show`
struct KeyShowVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print the verifier keys, the present one first",
        discussion: "Example: ledger key show")
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.withStore(.reading) { store in
            let keys = try await Wiring.keys(of: store)
            if keys.isEmpty {
                throw Refusal(
                    .notPossible, "no key signs this ledger's checkpoints",
                    hint: "make one: ledger key new")
            }
            return Answer(
                keys.map { .line("\($0)") }, json: .array(keys.map { .string("\($0)") }))
        }
    }
}

/// What makes another key the one that signs.
private func keyChange(
    to key: LedgerKey, _ reason: String?, _ wiring: Wiring
) async throws -> Answer {
    let file = CheckpointKey(besides: try wiring.database())
    let present = try await wiring.withStore(.writing) { try await wiring.ownKey($0) }
    if present == nil, let other = try file.read() {
        throw Refusal(
            .notPossible,
            "\(other.verifier.name), in \(file.path), is not the key that signs this ledger",
            cause: "it has not signed last, and no later change of keys names it",
            hint: CheckpointKey.advice(file.path))
    }
    let previous = present?.verifier
    // The entry that tells of the next key is signed by this one, or is not written.
    do { try present?.check() } catch let problem as StoreProblem {
        throw problem.hinting(
            "\(problem.hint ?? ""). If the key is lost for good: move \(file.path) away, and say "
                + "the same again")
    }
    if previous == key.verifier {
        return Answer(
            [.line("\(key.verifier.name) signs the checkpoints already")],
            json: .object(["key": .string("\(key.verifier)")]))
    }
    // Its secret is on disk before the entry that names it. The first key signs the entry that
    // tells of it; later ones are told of under the key before them: who trusts that one may trust
    // the next.
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
            .hint("This key signs from now on. Give its line to whoever checks."),
        ], json: .object(["key": .string("\(key.verifier)"), "entry": JSONValue(entry.sequence)]))
}

/// A key of a name; throws `Refusal` if nothing can be called so.
private func naming<T>(_ name: String, _ make: () throws -> T) throws -> T {
    do { return try make() } catch {
        throw Refusal(
            .invalid, "\"\(name)\" cannot be the name of a key", cause: "\(error)",
            hint: "write it like an address: --origin shop.example/ledger")
    }
}

extension Wiring {
    /// The name of the ledger in its checkpoints: the one that is asked for, as before, or as its
    /// folder.
    fileprivate func origin(_ name: String?) async throws -> String {
        if let name { return name }
        return try await withStore(.writing) { store in
            if let note = try await store.checkpoint(covering: nil) {
                return try Checkpoint(note.text).origin
            }
            return try await ownKey(store)?.verifier.name.name ?? CheckpointKey.name(for: home())
        }
    }
}

/// `ledger key new`
struct KeyNewVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make a new key, which signs from the next entry on",
        discussion: """
            The change is an entry; what earlier keys signed stays valid. The earlier secret is \
            replaced.

            Example: ledger key new --origin shop.example/ledger
            """)
    @Option(
        help: "The name of the ledger in its checkpoints. Default: as before, or the folder's name."
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
        commandName: "use", abstract: "Let a key from a file sign from the next entry on",
        discussion: """
            The file holds one line, PRIVATE+KEY+name+hash+…, as the tools for signed notes make it. Or it is \
            the .pub of an Ed25519 key that an SSH agent holds: then the agent signs each entry, and the secret \
            is never here.

            Example: ledger key use /run/secrets/checkpoint.key
            Example: ledger key use ~/.ssh/id_ed25519.pub --origin shop.example/ledger
            """)
    @Argument(help: "The file of the key, or of its public half.")
    var file: String
    @Option(help: "Of a key that an agent holds: the name of the ledger. Default: as before.")
    var origin: String?
    @Option(help: "Why.")
    var reason: String?
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let text = FileManager.default.contents(atPath: file).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard let bytes = text.flatMap(AgentKey.publicKey) else {
            guard let key = try? CheckpointKey.key(in: file) else {
                throw Refusal(
                    .invalid, "\(file) holds no key that could sign checkpoints",
                    cause: text == nil
                        ? "it cannot be read, or is a folder"
                        : "it is neither PRIVATE+KEY+… nor ssh-ed25519 …",
                    hint:
                        "name a file of one of the two: of an agent's key its .pub, and only Ed25519"
                )
            }
            return try await keyChange(to: key, reason, wiring)
        }
        let name = try await wiring.origin(origin)
        let key = AgentKey(
            try naming(name) { try VerifierKey(name: name, bytes: bytes) },
            socket: wiring.variables["SSH_AUTH_SOCK"])
        try key.check()
        return try await keyChange(to: .agent(key), reason, wiring)
    }
}
