internal import ArgumentParser
internal import Commands
internal import Foundation
internal import Ledger
internal import LedgerProof
internal import LedgerSQLite
internal import LedgerText
internal import Projections

/// `ledger verify`
struct VerifyVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recompute every hash, every view and the index, and name what is wrong",
        discussion: """
            Exits 8 if anything is wrong, with the first bad entry first.

            --against: a checkpoint that was handed out before, from wherever it was kept. Whoever rewrote \
            the ledger since, rolled it back or cut off its end is found by it.

            --receipt checks a receipt instead: with --key offline, without any ledger; without it by the \
            keys that the ledger knows, and that the entry stands in it still.

            --tiles reads a static log instead (`ledger export tiles`), from its first entry to its last, in \
            a folder or at an address; with --against also that it goes on from an earlier checkpoint.

            Examples:
              ledger verify
              ledger verify --against last-year.checkpoint --key shop.keys
              ledger verify --receipt deploy.receipt --key shop.keys
              ledger verify --tiles https://log.shop.example --key shop.keys
            """)
    @Option(help: "Threads to use.")
    var threads = 2
    @Flag(help: .hidden)
    var search = false
    @Flag(help: "The signatures of all kept checkpoints too, each of which takes a while.")
    var signatures = false
    @Option(
        help: ArgumentHelp("Also against a checkpoint that was kept.", valueName: "file"))
    var against: [String] = []
    @Option(help: ArgumentHelp("Check a receipt instead.", valueName: "file"))
    var receipt: [String] = []
    @Option(
        help: ArgumentHelp("Read a static log instead.", valueName: "folder or address"))
    var tiles: String?
    @Option(
        name: .customLong("key"),
        help: ArgumentHelp(
            "A verifier key that is trusted, or a file of them. Default: those that the ledger knows.",
            valueName: "key"))
    var keys: [String] = []
    @OptionGroup var shared: SharedOptions

    private static func isUnchecked(_ finding: Verification.Finding) -> Bool {
        finding.what.holds("cannot be checked")
    }

    private static func head(_ findings: [Verification.Finding]) -> String {
        findings.allSatisfy(isUnchecked)
            ? "Not all signatures can be checked (\(findings.count) findings):"
            : "The ledger is not as it was written (\(findings.count) findings):"
    }

    private static func hint(_ findings: [Verification.Finding]) -> String {
        if findings.allSatisfy(isUnchecked) {
            return "Hint: name the keys of that time with --key, beside those of today (ledger key)"
        }
        return findings.allSatisfy { $0.what.holds("ledger rebuild") }
            ? "Hint: the entries are whole; ledger rebuild makes the views anew from them"
            : "Hint: keep the file as it is, and restore a backup beside it"
    }

    func validate() throws {
        if !(1...64).contains(threads) { throw ValidationError("--threads wants 1 to 64") }
        if tiles != nil, !receipt.isEmpty {
            throw ValidationError("--tiles and --receipt are two questions: ask one at a time")
        }
        if !receipt.isEmpty, !against.isEmpty || search || signatures {
            throw ValidationError(
                "--receipt asks about one entry; --against, --search and --signatures about the ledger: "
                    + "ask one at a time")
        }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        if !receipt.isEmpty { return try await ReceiptCheck(receipt, keys).answer(wiring) }
        if let tiles {
            let trusted = try await wiring.trusted(keys)
            return try await TileReading(place: tiles, variables: wiring.variables)
                .answer(trusting: trusted, against: against)
        }
        return try await wiring.withStore(.reading) { store in
            let trusted = try await wiring.trusted(keys)
            let result = try store.verify(
                threads: threads, signers: signatures ? trusted : nil)
            var findings = result.findings
            var lines: [Answer.Block] = []
            for file in against {
                let check = try await CheckpointAgainst(file, trusted, store)
                findings += check.findings
                lines.append(.line(check.words))
            }
            let json = JSONValue.object([
                "entries": JSONValue(result.entries), "redacted": JSONValue(result.redacted),
                "root": .string(result.root.description),
                "findings": .array(
                    findings.map { finding in
                        var members: [String: JSONValue] = ["what": .string(finding.what)]
                        members["sequence"] = finding.sequence.map { JSONValue($0) }
                        return .object(members)
                    }),
            ])
            if result.redacted > 0 {
                let from = result.redacted == 1 ? "1 of them" : "\(result.redacted) of them"
                lines.insert(
                    .line(
                        "but for what was taken out of \(from), as decided: ledger log --kind "
                            + "payload.redacted"), at: 0)
            }
            if findings.isEmpty {
                return Answer(
                    [
                        .line("\(result.entries) entries, all as they were written"),
                        .line("root \(result.root)"),
                    ] + lines, json: json)
            }
            return Answer(
                [.line(Self.head(findings))]
                    + findings.prefix(50).map { .line("  \($0)") }
                    + [.line(Self.hint(findings))],
                json: json, exit: .broken, outcome: "broken", reason: "integrity")
        }
    }
}

/// The ledger, held against a checkpoint that was kept elsewhere.
private struct CheckpointAgainst {
    private(set) var findings: [Verification.Finding] = []
    private(set) var words = ""

    init(_ file: String, _ trusted: [VerifierKey], _ store: SQLiteStore) async throws {
        let all = try ProofFile.reading(file) { bytes in
            try CheckpointSearch.all(in: bytes, trusting: trusted)
        }
        let name = file == "-" ? "the checkpoint" : file
        for old in all { try await hold(old, name, store) }
        words = "the \(all[0].size) entries that \(name) was signed over stand unchanged"
    }

    private mutating func hold(
        _ old: Checkpoint, _ name: String, _ store: SQLiteStore
    ) async throws {
        let head = try await store.head().sequence
        guard old.size <= head else {
            findings.append(
                .init(
                    sequence: nil,
                    what:
                        "\((head + 1...old.size).areGone): \(old.origin) had \(old.size) entries when \(name) was "
                        + "signed, and this file has \(head)"))
            return
        }
        if try await store.root(over: old.size) == old.root { return }
        findings.append(
            .init(
                sequence: nil,
                what: "the first \(old.size) entries are not those of \(name), which "
                    + "\(old.origin) signed: they were rewritten, or this is another ledger"))
    }
}

/// Receipts, held against the keys that are trusted, and against the ledger if its own keys are.
private struct ReceiptCheck {
    let files: [String]
    let keys: [String]

    init(_ files: [String], _ keys: [String]) { (self.files, self.keys) = (files, keys) }

    func answer(_ wiring: Wiring) async throws -> Answer {
        if !keys.isEmpty { return try await answer(wiring.trusted(keys), nil) }
        return try await wiring.knowingKeys { store in
            try await answer(Wiring.keys(of: store), store)
        }
    }

    private func answer(
        _ trusted: [VerifierKey], _ store: (any EventStore)?
    ) async throws -> Answer {
        var answer = Answer()
        var list: [JSONValue] = []
        for file in files {
            let receipt = try ProofFile.reading(file) { try Receipt($0) }
            var members: [String: JSONValue] = [
                "file": .string(file), "entry": JSONValue(receipt.index + 1),
            ]
            do {
                let checkpoint = try receipt.proved(trusting: trusted)
                if let store { try await stands(receipt, in: store) }
                let today = store == nil ? "" : "; it stands there today"
                let header = String(decoding: receipt.header ?? [], as: UTF8.self)
                answer.blocks += [
                    .line(
                        "\(file): entry \(receipt.index + 1) of \(checkpoint.origin), "
                            + "under its checkpoint of size \(checkpoint.size)\(today)"),
                    .line(header),
                ]
                members["header"] = try? JSONValue(parsing: header)
                members["size"] = JSONValue(checkpoint.size)
            } catch let problem as ProofProblem {
                answer.blocks.append(.line("\(file): NOT PROVED: \(problem)"))
                members["problem"] = .string(problem.reason)
                (answer.exit, answer.outcome, answer.reason) = (.broken, "broken", "integrity")
            }
            list.append(.object(members))
        }
        answer.json = .array(list)
        return answer
    }

    /// Throws `ProofProblem` if the ledger has another entry there, or none.
    private func stands(_ receipt: Receipt, in store: any EventStore) async throws {
        let sequence = receipt.index + 1
        guard let entry = try await store.entry(at: sequence) else {
            throw ProofProblem("the ledger has no entry \(sequence) any more")
        }
        guard receipt.isAbout(entry) else {
            throw ProofProblem("the ledger has another entry \(sequence) now")
        }
        guard let redaction = entry.draft.redaction else { return }
        guard case .redacted(let decision)? = try await store.entry(at: redaction.decision)?.event,
            decision.holds(of: entry)
        else {
            throw ProofProblem("entry \(sequence) has lost bytes, and no decision says so")
        }
    }
}

/// Files of proofs.
enum ProofFile {
    /// What a file holds; throws `StoreProblem` if it cannot be read as that.
    static func reading<T>(_ path: String, _ read: ([UInt8]) throws -> T) throws -> T {
        let data =
            path == "-"
            ? FileHandle.standardInput.readDataToEndOfFile()
            : FileManager.default.contents(atPath: path)
        guard let data else {
            throw StoreProblem(
                .input, "\(path) cannot be read", hint: "check the path, and who may read it")
        }
        do { return try read(Array(data)) } catch let problem as ProofProblem {
            throw StoreProblem(
                .damaged, "\(path) proves nothing", cause: problem.reason,
                hint: problem.isUntrusted
                    ? "name the key of its ledger with --key, if you have it from elsewhere"
                    : "if it is the right file, it may have been changed on its way: fetch it again "
                        + "from where it was kept")
        }
    }
}
