internal import ArgumentParser
internal import Foundation
internal import Ledger
internal import LedgerProof
internal import LedgerSQLite
internal import LedgerText

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
        finding.kind == .unknownKey
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
        return findings.allSatisfy { $0.kind == .outdatedView }
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
