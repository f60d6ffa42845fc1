internal import CommandPorts
internal import CommandRunners
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerProof
internal import LedgerSQLite
internal import LedgerText
internal import Synchronization
internal import SystemPackage

/// Signs a ledger's checkpoints: either a secret key of the ledger, or a key that an agent holds.
enum LedgerKey: CheckpointSigner, CustomStringConvertible {
    case secret(SigningKey)
    case agent(AgentKey)

    private static let mark = "AGENT+KEY+"
    /// Whether the agent has failed in this process.
    private static let isGone = Atomic<Bool>(false)

    /// Parses the contents of a key file; throws `ProofProblem`.
    init(_ text: String, socket: String?) throws {
        guard text.begins(with: Self.mark) else {
            self = .secret(try SigningKey(text))
            return
        }
        let verifier = try VerifierKey(String(text.dropFirst(Self.mark.count)))
        self = .agent(AgentKey(verifier, socket: socket))
    }

    /// The key that an SSH agent holds.
    static func ofAgent(_ key: VerifierKey, socket: String?) -> LedgerKey {
        .agent(AgentKey(key, socket: socket))
    }

    /// The bytes of an Ed25519 key of a `.pub` file; `nil` for anything else.
    static func publicKey(_ text: String) -> [UInt8]? { AgentKey.publicKey(in: text) }

    /// The contents of the key file.
    var description: String {
        switch self {
        case .secret(let key): key.description
        case .agent(let key): Self.mark + "\(key.verifier)"
        }
    }

    var verifier: VerifierKey {
        switch self {
        case .secret(let key): key.verifier
        case .agent(let key): key.verifier
        }
    }

    /// Throws `StoreProblem` if it cannot sign now.
    func check() throws {
        if case .agent(let key) = self { try key.check() }
    }

    func signature(of text: [UInt8]) throws -> [UInt8] {
        switch self {
        case .secret(let key): return try key.signature(of: text)
        case .agent(let key):
            // The ledger continues without signatures. A lost agent must not block a rollback, or
            // make it wait again.
            if Self.isGone.load(ordering: .relaxed) {
                throw StoreProblem(.input, "the SSH agent does not sign")
            }
            do { return try key.signature(of: text) } catch {
                Self.isGone.store(true, ordering: .relaxed)
                Console.say("Warning: new entries are not signed: \(error)")
                throw error
            }
        }
    }
}

/// The file of the key that signs a ledger's checkpoints. It is beside the ledger, and only its
/// owner can read it.
struct CheckpointKey {
    let path: String

    init(besides database: String) { path = database + ".key" }

    private init(path: String) { self.path = path }

    /// The file that holds the next signing key until the entry of the key change is written.
    var next: CheckpointKey { CheckpointKey(path: path + ".next") }

    /// Replaces the present key by the next one; throws `StoreProblem`.
    func takeNext() throws {
        if rename(next.path, path) == 0 { return }
        // Another process has already done it.
        if errno == ENOENT, FileManager.default.fileExists(atPath: path) { return }
        throw unkept
    }

    /// The name of a new key: the project's folder, without the characters that a name cannot have.
    static func name(for home: URL) -> String {
        let absolute = URL(
            filePath: home.path,
            relativeTo: URL(filePath: FileManager.default.currentDirectoryPath)
        ).standardizedFileURL
        let folder =
            absolute.lastPathComponent == ".ledger"
            ? absolute.deletingLastPathComponent() : absolute
        let name = folder.lastPathComponent.map { $0.isWhitespace || $0 == "+" ? "-" : $0 }
        return name.isEmpty || name == ["/"] ? "ledger" : String(name)
    }

    /// The key; `nil` if there is none: then nothing is signed. Throws `StoreProblem`.
    func read() throws -> LedgerKey? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try Self.key(in: path)
    }

    /// The advice for a key file whose key does not sign this ledger.
    static func advice(_ path: String) -> String {
        "Restore the right key. If it is lost, move \(path) away, and then: ledger key new, or "
            + "ledger key use FILE"
    }

    /// The key in a file; throws `StoreProblem`.
    static func key(in path: String) throws -> LedgerKey {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw StoreProblem(
                .input, "the key that signs checkpoints cannot be read",
                cause: "\(path): \(String(cString: strerror(errno)))",
                hint: "check the owner and the permissions of the file")
        }
        let text = String(decoding: data, as: UTF8.self)
            .trimmed
        do {
            return try LedgerKey(text, socket: getenv("SSH_AUTH_SOCK").map { String(cString: $0) })
        } catch {
            throw StoreProblem(
                .input, "\(path) does not contain a key that signs checkpoints", cause: "\(error)",
                hint: "restore the right key, or make another: move the file away, then "
                    + "`ledger key new`")
        }
    }

    /// Writes a key to the file atomically; throws `StoreProblem`.
    func keep(_ key: LedgerKey) throws {
        let draft = "\(path).new-\(getpid())"
        defer { unlink(draft) }
        unlink(draft)
        let file = try? FileDescriptor.open(
            draft, .writeOnly, options: [.create, .exclusiveCreate],
            permissions: FilePermissions(rawValue: 0o600))
        guard let file else { throw unkept }
        try file.closeAfter {
            try file.writeAll((key.description + "\n").utf8)
            // If a power cut lost the key, nothing could be signed any more.
            guard fsync(file.rawValue) == 0 else { throw unkept }
        }
        guard rename(draft, path) == 0 else { throw unkept }
    }

    private var unkept: StoreProblem {
        StoreProblem(
            .readOnly, "the key that signs checkpoints cannot be written",
            cause: "\(path): \(String(cString: strerror(errno)))",
            hint: "check the owner of the folder, and the free space on the disk")
    }
}

extension Wiring {
    /// The key that signs the store's next checkpoint. `nil` if no key file exists beside the
    /// store, or if its key does not sign this ledger. Throws `StoreProblem` if the file is not a
    /// key.
    func ownKey(_ store: any KeptLedger, besides path: String? = nil) async throws -> LedgerKey? {
        let file = CheckpointKey(besides: path ?? store.location)
        // A process was killed after it wrote the entry, and before it replaced the key.
        if let next = try? file.next.read(),
            try await Self.changes(of: store).first?.key == "\(next.verifier)"
        {
            return next
        }
        guard let key = try file.read(), try await Self.isOwn(key.verifier, of: store) else {
            return nil
        }
        return key
    }

    /// The warning for a ledger with signed checkpoints whose key file is missing or wrong.
    func keyWarning(_ store: any KeptLedger, besides path: String? = nil) async throws -> String? {
        let file = CheckpointKey(besides: path ?? store.location)
        guard try await store.checkpoint(covering: nil) != nil,
            try await ownKey(store, besides: path) == nil
        else { return nil }
        guard let other = try file.read() else {
            return
                "Warning: \(file.path) is missing: new entries are not signed. Restore it, or "
                + "make another: ledger key new"
        }
        return
            "Warning: \(other.verifier.name), in \(file.path), is not the key of this ledger: new "
            + "entries are not signed. \(CheckpointKey.advice(file.path))"
    }

    /// Whether this key signs next: it signed last, the last key change names it, or nothing has
    /// been signed yet.
    private static func isOwn(_ key: VerifierKey, of store: any KeptLedger) async throws -> Bool {
        guard let note = try await store.checkpoint(covering: nil) else { return true }
        if note.signatures.contains(where: { $0.key == key.name }) { return true }
        return try await changes(of: store).first?.key == "\(key)"
    }

    /// All changes of keys, the newest first.
    private static func changes(of store: any KeptLedger) async throws -> [KeyChange] {
        var filter = EntryFilter()
        filter.kinds = [EventKind.keyChanged.rawValue]
        var changes: [KeyChange] = []
        try await store.each(filter, .newestFirst) { entry in
            if case .keyChanged(let change) = try Event(kind: entry.kind, fields: entry.fields) {
                changes.append(change)
            }
        }
        return changes
    }

    /// The trusted keys: those that are named, directly or by a file; otherwise the keys that the
    /// ledger records. In that case it opens the ledger.
    func trusted(_ named: [String]) async throws -> [VerifierKey] {
        if named.isEmpty { return try await knowingKeys { try await Self.keys(of: $0) } }
        return try named.flatMap { text -> [VerifierKey] in
            let file = FileManager.default.contents(atPath: text)
            if file == nil, !text.holds("+") {
                throw StoreProblem(
                    .input, "the file \(text) of verifier keys does not exist",
                    hint: "its owner prints it with `ledger key`; a file has one key per line")
            }
            do {
                return try VerifierKey.all(
                    in: file.map { String(decoding: $0, as: UTF8.self) } ?? text)
            } catch {
                throw StoreProblem(
                    .input, "\(text) is not a verifier key", cause: "\(error)",
                    hint: "its owner prints it with `ledger key`; a file has one key per line")
            }
        }
    }

    /// Opens the ledger for its keys; throws `Refusal` if it records none.
    func knowingKeys<T>(_ body: (any KeptLedger) async throws -> T) async throws -> T {
        do { return try await withStore(.reading, body) } catch let problem as StoreProblem
            where problem.kind == .missing && options.database == nil
        {
            throw Refusal(
                .invalid, "no trusted key is known",
                cause: "no --key is given, and no ledger with keys exists here",
                hint: "name the verifier key, or a file of verifier keys: --key KEY")
        }
    }

    /// The ledger's present key and all keys that its entries name, the present one first.
    static func keys(of store: any KeptLedger) async throws -> [VerifierKey] {
        var keys: [VerifierKey] = []
        let present = try CheckpointKey(besides: store.location).read()?.verifier
        if let present, try await isOwn(present, of: store) { keys.append(present) }
        for text in try await changes(of: store).flatMap({ [$0.key, $0.previous] }) {
            if let key = text.flatMap({ try? VerifierKey($0) }), !keys.contains(key) {
                keys.append(key)
            }
        }
        return keys
    }
}
