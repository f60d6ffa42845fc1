public import FoundationEssentials
internal import Glibc
public import Ledger
public import LedgerProof
internal import LedgerText
internal import SystemPackage

/// The file of the key that signs a ledger's checkpoints. It is beside the ledger, and only its
/// owner can read it.
public struct CheckpointKey {
    public let path: String
    private let heard: @Sendable (String) -> Void

    /// `heard` is called with warnings of the key while it signs.
    public init(
        besides database: String, heard: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        path = database + ".key"
        self.heard = heard
    }

    private init(path: String, _ heard: @escaping @Sendable (String) -> Void) {
        self.path = path
        self.heard = heard
    }

    /// The file that holds the next signing key until the entry of the key change is written.
    public var next: CheckpointKey { CheckpointKey(path: path + ".next", heard) }

    /// Replaces the present key by the next one; throws `StoreProblem`.
    public func takeNext() throws {
        if rename(next.path, path) == 0 { return }
        // Another process has already done it.
        if errno == ENOENT, FileManager.default.fileExists(atPath: path) { return }
        throw unkept
    }

    /// The name of a new key: the project's folder, without the characters that a name cannot have.
    public static func name(for home: URL) -> String {
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
    public func read() throws -> LedgerKey? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try Self.key(in: path, heard: heard)
    }

    /// The advice for a key file whose key does not sign this ledger.
    public static func advice(_ path: String) -> String {
        "Restore the right key. If it is lost, move \(path) away, and then: ledger key new, or "
            + "ledger key use FILE"
    }

    /// The key in a file; throws `StoreProblem`.
    public static func key(
        in path: String, heard: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> LedgerKey {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw StoreProblem(
                .input, "the key that signs checkpoints cannot be read",
                cause: "\(path): \(String(cString: strerror(errno)))",
                hint: "check the owner and the permissions of the file")
        }
        let text = String(decoding: data, as: UTF8.self)
            .trimmed
        do {
            let socket = getenv("SSH_AUTH_SOCK").map { String(cString: $0) }
            return try LedgerKey(text, socket: socket, heard: heard)
        } catch {
            throw StoreProblem(
                .input, "\(path) does not contain a key that signs checkpoints", cause: "\(error)",
                hint: "restore the right key, or make another: move the file away, then "
                    + "`ledger key new`")
        }
    }

    /// Writes a key to the file atomically; throws `StoreProblem`.
    public func keep(_ key: LedgerKey) throws {
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

extension CheckpointKey {
    /// The key that signs the store's next checkpoint. `nil` if no key file exists beside the
    /// store, or if its key does not sign this ledger. Throws `StoreProblem` if the file is not a
    /// key.
    public func own(of store: any KeptLedger) async throws -> LedgerKey? {
        // A process was killed after it wrote the entry, and before it replaced the key.
        if let next = try? next.read(),
            try await Self.changes(of: store).first?.key == "\(next.verifier)"
        {
            return next
        }
        guard let key = try read(), try await Self.isOwn(key.verifier, of: store) else {
            return nil
        }
        return key
    }

    /// The warning for a ledger with signed checkpoints whose key file is missing or wrong.
    public func warning(of store: any KeptLedger) async throws -> String? {
        guard try await store.checkpoint(covering: nil) != nil, try await own(of: store) == nil
        else { return nil }
        guard let other = try read() else {
            return
                "Warning: \(path) is missing: new entries are not signed. Restore it, or "
                + "make another: ledger key new"
        }
        return
            "Warning: \(other.verifier.name), in \(path), is not the key of this ledger: new "
            + "entries are not signed. \(Self.advice(path))"
    }

    /// The ledger's present key and all keys that its entries name, the present one first.
    public static func all(of store: any KeptLedger) async throws -> [VerifierKey] {
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
}
