internal import ArgumentParser
internal import Ledger
internal import LedgerProof
internal import LedgerText

/// `ledger verify`
struct VerifyVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recompute every hash, every view and the index, and report errors",
        discussion: """
            Exit code 8 if an error is found. The first bad entry is reported first.

            --quick checks every entry against the tree, the heads of streams, the triggers, and \
            the views that say what runs. It leaves out the search index, the other views, stored \
            files, checkpoints, and the pages of the file. Use it every hour, and the whole check \
            every day.

            --against compares the ledger with an earlier checkpoint that was stored elsewhere. It \
            detects a ledger that was rewritten, rolled back or truncated since.

            --receipt checks a receipt instead. With --key, it works offline and without a ledger. \
            Without --key, it uses the ledger's keys, and checks that the ledger still contains \
            the entry.

            --tiles checks a static log instead (`ledger export tiles`), in a folder or at an \
            address. With --against, it also checks that the log extends an earlier checkpoint.

            Examples:
              ledger verify
              ledger verify --against last-year.checkpoint --key shop.keys
              ledger verify --receipt deploy.receipt --key shop.keys
              ledger verify --tiles https://log.shop.example --key shop.keys
            """)
    @Option(help: "The number of threads.")
    var threads = 2
    @Flag(help: "Check only entries, tree and the main views.")
    var quick = false
    @Flag(help: "Also check the signatures of all stored checkpoints (slow).")
    var signatures = false
    @Option(
        help: ArgumentHelp("Also compare with a stored checkpoint.", valueName: "file"))
    var against: [String] = []
    @Option(help: ArgumentHelp("Check a receipt instead.", valueName: "file"))
    var receipt: [String] = []
    @Option(
        help: ArgumentHelp("Check a static log instead.", valueName: "folder or address"))
    var tiles: String?
    @Option(
        name: .customLong("key"),
        help: ArgumentHelp(
            "A trusted verifier key, or a file of them. Default: the keys that the ledger knows.",
            valueName: "key"))
    var keys: [String] = []
    @OptionGroup var shared: SharedOptions

    private static func isUnchecked(_ finding: Verification.Finding) -> Bool {
        finding.kind == .unknownKey
    }

    private static func head(_ findings: [Verification.Finding]) -> String {
        findings.allSatisfy(isUnchecked)
            ? "Not all signatures can be checked (\(findings.count) findings):"
            : "The ledger was modified or damaged (\(findings.count) findings):"
    }

    private static func hint(_ findings: [Verification.Finding]) -> String {
        if findings.allSatisfy(isUnchecked) {
            return "Hint: name the earlier keys and the current keys (ledger key) with --key"
        }
        return findings.allSatisfy { $0.kind == .outdatedView }
            ? "Hint: the entries are intact; rebuild the views with: ledger rebuild"
            : "Hint: keep the file as it is, and restore a backup beside it"
    }

    func validate() throws {
        if !(1...64).contains(threads) { throw ValidationError("--threads requires 1 to 64") }
        if tiles != nil, !receipt.isEmpty {
            throw ValidationError("--tiles and --receipt exclude each other: give one of them")
        }
        if !receipt.isEmpty, !against.isEmpty || quick || signatures {
            throw ValidationError(
                "--receipt checks one entry; it cannot be used with --against, --quick or "
                    + "--signatures, which check the ledger")
        }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        if !receipt.isEmpty { return try await ReceiptCheck(receipt, keys).answer(wiring) }
        if let tiles {
            let trusted = try await wiring.trusted(keys)
            return try await TileReading(place: tiles, transport: wiring.transport)
                .answer(trusting: trusted, against: against)
        }
        return try await wiring.withStore(.reading) { store in
            let trusted = try await wiring.trusted(keys)
            let result = try await store.verify(
                quick ? .quick : .everything, threads: threads,
                signers: signatures ? trusted : nil)
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
                        "except for recorded redactions in \(from): ledger log --kind "
                            + "payload.redacted"), at: 0)
            }
            if findings.isEmpty {
                return Answer(
                    [
                        .line(
                            "\(result.entries) entries, all verified"
                                + (quick ? " (quick: entries, tree and main views)" : "")),
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
