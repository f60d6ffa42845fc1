internal import LedgerText
internal import Subprocess
internal import SystemPackage

/// Runs this machine's `git` in one repository.
struct Git: Sendable {
    let folder: String

    /// The error message of git.
    struct Failure: Error {
        let message: String
    }

    /// Options that show the history as it was signed and pushed, without this clone's
    /// replacements. They also disable programs that the repository's configuration names.
    private static let asPushed = [
        "--no-replace-objects", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
    ]
    /// Prevents git from fetching missing objects: the repository's configuration names the program
    /// that fetches.
    private static let environment = Environment.inherit.updating([
        "GIT_GRAFT_FILE": "/dev/null", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none",
        "GIT_TERMINAL_PROMPT": "0",
    ])
    private static let encoding = [
        "-c", "i18n.logOutputEncoding=UTF-8", "-c", "core.quotePath=false", "-c",
        "log.showSignature=false",
    ]

    private func arguments(_ words: [String]) -> Arguments {
        Arguments(["-C", folder] + Self.asPushed + Self.encoding + words)
    }

    /// Returns the whole output of a command; throws `Failure`.
    func ask(_ words: [String], limit: Int = 64 << 20) async throws -> String {
        do {
            let result = try await Subprocess.run(
                .name("git"), arguments: arguments(words), environment: Self.environment,
                output: .bytes(limit: limit), error: .bytes(limit: 64 << 10))
            guard result.terminationStatus.isSuccess else {
                throw Failure(message: String(decoding: result.standardError, as: UTF8.self))
            }
            return String(decoding: result.standardOutput, as: UTF8.self)
        } catch let error as SubprocessError {
            throw Failure(message: "cannot run git: \(error)")
        }
    }

    /// Returns the output of a command; `nil` if git fails.
    func maybe(_ words: [String]) async -> String? {
        guard let text = try? await ask(words) else { return nil }
        return text.trimmed
    }

    /// Settings that disable filters from the repository's own configuration (gitattributes(5)).
    /// Filters from the person's own configuration stay enabled.
    func withoutFilters() async -> [String] {
        var settings: [String] = []
        for scope in ["--local", "--worktree"] {
            let names = await maybe(
                ["config", scope, "--includes", "--name-only", "--get-regexp", "^filter\\."])
            for name in (names ?? "").fullLines.map(String.init) {
                guard !name.holds("=") else { continue }
                let isRequired = name.ends(with: ".required")
                settings += ["-c", isRequired ? "\(name)=false" : "\(name)="]
            }
        }
        return settings
    }

    /// Passes the records of a long output to `body` one by one. A record is `fields` texts, each
    /// ended by NUL, and a line feed. Invalid UTF-8 is replaced. Fields longer than `longest` bytes
    /// are cut.
    func records(
        _ words: [String], fields: Int, longest: Int, _ body: ([String]) async throws -> Void
    ) async throws {
        var parser = RecordParser(fields: fields, longest: longest)
        let result = try await Subprocess.run(
            .name("git"), arguments: arguments(words), environment: Self.environment,
            input: .none, output: .sequence, error: .bytes(limit: 64 << 10)
        ) { execution in
            for try await buffer in execution.standardOutput {
                let records = buffer.withUnsafeBytes { parser.add($0) }
                for record in records { try await body(record) }
            }
        }
        guard result.terminationStatus.isSuccess else {
            throw Failure(message: String(decoding: result.standardError, as: UTF8.self))
        }
    }
}

/// The revision that matches the content of a folder; `nil` if the folder is not in a git
/// repository or has uncommitted changes.
public func committedRevision(of folder: String) async -> String? {
    let git = Git(folder: folder)
    guard await git.maybe(await git.withoutFilters() + ["status", "--porcelain"]) == "" else {
        return nil
    }
    return await git.maybe(["rev-parse", "HEAD"])
}

/// Splits a stream of bytes into records of NUL-terminated fields.
struct RecordParser {
    let fields: Int
    let longest: Int
    private var field: [UInt8] = []
    private var cut = 0
    private var record: [String] = []

    init(fields: Int, longest: Int) {
        self.fields = fields
        self.longest = longest
    }

    /// The records that these bytes complete.
    mutating func add(_ bytes: UnsafeRawBufferPointer) -> [[String]] {
        var records: [[String]] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0) {
            take(rest[..<end])
            rest = rest[(end + 1)...]
            record.append(text())
            if record.count == fields {
                records.append(record)
                record = []
            }
        }
        take(rest)
        return records
    }

    private mutating func take(_ bytes: Slice<UnsafeRawBufferPointer>) {
        // The line feed after a record comes before the first field of the next.
        let fresh = record.isEmpty && field.isEmpty ? bytes.drop { $0 == 10 } : bytes
        let room = longest - field.count
        field += fresh.prefix(room)
        cut += max(0, fresh.count - room)
    }

    private mutating func text() -> String {
        defer { (field, cut) = ([], 0) }
        let text = String(decoding: field, as: UTF8.self)
        return cut > 0 ? text + "\n… \(cut) bytes left out …" : text
    }
}
