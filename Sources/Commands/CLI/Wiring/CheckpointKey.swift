internal import CommandPorts
internal import CommandRunners
internal import Foundation
internal import Ledger
internal import LedgerProof
internal import LedgerSQLite
internal import LedgerText
internal import Synchronization

/// What signs a ledger's checkpoints: a secret of its own, or an agent that holds it.
enum LedgerKey: CheckpointSigner, CustomStringConvertible {
    case secret(SigningKey)
    case agent(AgentKey)

    private static let mark = "AGENT+KEY+"
    /// Whether the agent has failed in this process.
    private static let isGone = Atomic<Bool>(false)

    /// Reads what a file of a key holds; throws `ProofProblem`.
    init(_ text: String, socket: String?) throws {
        guard text.begins(with: Self.mark) else {
            self = .secret(try SigningKey(text))
            return
        }
        let verifier = try VerifierKey(String(text.dropFirst(Self.mark.count)))
        self = .agent(AgentKey(verifier, socket: socket))
    }

    /// What its file holds.
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

    /// Throws `StoreProblem` if it could not sign now.
    func check() throws {
        if case .agent(let key) = self { try key.check() }
    }

    func signature(of text: [UInt8]) throws -> [UInt8] {
        switch self {
        case .secret(let key): return try key.signature(of: text)
        case .agent(let key):
            // The ledger goes on without: nobody is kept from going back by a lost agent, nor made
            // to wait for it again.
            if Self.isGone.load(ordering: .relaxed) {
                throw StoreProblem(.input, "the SSH agent does not sign")
            }
            do { return try key.signature(of: text) } catch {
                Self.isGone.store(true, ordering: .relaxed)
                Console.say("Warning: what is recorded now is not signed: \(error)")
                throw error
            }
        }
    }
}

/// The file of the key that signs a ledger's checkpoints, beside it and readable by its owner
/// alone.
struct CheckpointKey {
    let path: String

    init(besides database: String) { path = database + ".key" }

    private init(path: String) { self.path = path }

    /// Where a key lies that is to sign next, until the entry that tells of it is recorded.
    var next: CheckpointKey { CheckpointKey(path: path + ".next") }

    /// Lets the next key take the place of the present one; throws `StoreProblem`.
    func takeNext() throws {
        if rename(next.path, path) == 0 { return }
        // Somebody else who came by has done it.
        if errno == ENOENT, FileManager.default.fileExists(atPath: path) { return }
        throw unkept
    }

    /// The name of a new key: the project's folder, as far as a name may be so.
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

    /// What to do where a key lies in the place that does not sign this ledger.
    static func advice(_ path: String) -> String {
        "Put the right one back. If that is lost, move \(path) away first, and then: ledger key new, or "
            + "ledger key use FILE"
    }

    /// The key in a file; throws `StoreProblem`.
    static func key(in path: String) throws -> LedgerKey {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw StoreProblem(
                .input, "the key that signs checkpoints cannot be read",
                cause: "\(path): \(String(cString: strerror(errno)))",
                hint: "check who owns it")
        }
        let text = String(decoding: data, as: UTF8.self)
            .trimmed
        do {
            return try LedgerKey(text, socket: getenv("SSH_AUTH_SOCK").map { String(cString: $0) })
        } catch {
            throw StoreProblem(
                .input, "\(path) holds no key that signs checkpoints", cause: "\(error)",
                hint: "put the right one back, or make another: move the file away, then "
                    + "`ledger key new`")
        }
    }

    /// Puts a key in the file, whole or not at all; throws `StoreProblem`.
    func keep(_ key: LedgerKey) throws {
        let draft = "\(path).new-\(getpid())"
        defer { unlink(draft) }
        unlink(draft)
        if FileManager.default.createFile(
            atPath: draft, contents: nil, attributes: [.posixPermissions: 0o600]),
            let file = FileHandle(forWritingAtPath: draft)
        {
            try file.write(contentsOf: Data((key.description + "\n").utf8))
            // A key that is gone after a power cut would sign nothing any more.
            try file.synchronize()
            try file.close()
            if rename(draft, path) == 0 { return }
        }
        throw unkept
    }

    private var unkept: StoreProblem {
        StoreProblem(
            .readOnly, "the key that signs checkpoints cannot be kept",
            cause: "\(path): \(String(cString: strerror(errno)))",
            hint: "check who owns the folder, and whether the disk is full")
    }
}

extension Wiring {
    /// The key that signs the store's next checkpoint; `nil` if none lies beside it, or beside the
    /// place that it is to take, or one that does not sign this ledger. Throws `StoreProblem` if
    /// what lies there is none.
    func ownKey(_ store: SQLiteStore, besides path: String? = nil) async throws -> LedgerKey? {
        let file = CheckpointKey(besides: path ?? store.path)
        // A process was killed between the entry and the key's taking its place.
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

    /// What is to be said where checkpoints were signed, and the key for them does not lie there.
    func keyWarning(_ store: SQLiteStore, besides path: String? = nil) async throws -> String? {
        let file = CheckpointKey(besides: path ?? store.path)
        guard try await store.checkpoint(covering: nil) != nil,
            try await ownKey(store, besides: path) == nil
        else { return nil }
        guard let other = try file.read() else {
            return
                "Warning: \(file.path) is gone: what is recorded now is not signed. Put it back, or "
                + "make another: ledger key new"
        }
        return
            "Warning: \(other.verifier.name), in \(file.path), is not the key of this ledger: what "
            + "is recorded now is not signed. \(CheckpointKey.advice(file.path))"
    }

    /// Whether a key is the one that signs next: it has signed last, or the last change of keys
    /// names it, or nothing was signed yet.
    private static func isOwn(_ key: VerifierKey, of store: SQLiteStore) async throws -> Bool {
        guard let note = try await store.checkpoint(covering: nil) else { return true }
        if note.signatures.contains(where: { $0.key == key.name }) { return true }
        return try await changes(of: store).first?.key == "\(key)"
    }

    /// All changes of keys, the newest first.
    private static func changes(of store: SQLiteStore) async throws -> [KeyChange] {
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

    /// The keys that are to be trusted: those that are named, in words or by files of them; or
    /// those that the ledger knows itself, which is opened for that.
    func trusted(_ named: [String]) async throws -> [VerifierKey] {
        if named.isEmpty { return try await knowingKeys { try await Self.keys(of: $0) } }
        return try named.flatMap { text -> [VerifierKey] in
            let file = FileManager.default.contents(atPath: text)
            if file == nil, !text.holds("+") {
                throw StoreProblem(
                    .input, "there is no file \(text) of verifier keys",
                    hint: "its owner sees the key with `ledger key`; a file holds one a line")
            }
            do {
                return try VerifierKey.all(
                    in: file.map { String(decoding: $0, as: UTF8.self) } ?? text)
            } catch {
                throw StoreProblem(
                    .input, "\(text) is no verifier key", cause: "\(error)",
                    hint: "its owner sees it with `ledger key`; a file holds one a line")
            }
        }
    }

    /// Opens the ledger for its keys; throws `Refusal` if there is none that would know some.
    func knowingKeys<T>(_ body: (SQLiteStore) async throws -> T) async throws -> T {
        do { return try await withStore(.reading, body) } catch let problem as StoreProblem
            where problem.kind == .missing && options.database == nil
        {
            throw Refusal(
                .invalid, "nobody says whose signatures count",
                cause: "no key is named, and no ledger is here that would know some",
                hint: "name the verifier key: --key KEY, or a file of such")
        }
    }

    /// The ledger's present key and all that the entries name, the present one first.
    static func keys(of store: SQLiteStore) async throws -> [VerifierKey] {
        var keys: [VerifierKey] = []
        let present = try CheckpointKey(besides: store.path).read()?.verifier
        if let present, try await isOwn(present, of: store) { keys.append(present) }
        for text in try await changes(of: store).flatMap({ [$0.key, $0.previous] }) {
            if let key = text.flatMap({ try? VerifierKey($0) }), !keys.contains(key) {
                keys.append(key)
            }
        }
        return keys
    }
}
