internal import ArgumentParser
internal import Commands
internal import Ledger
internal import LedgerProof
internal import LedgerSQLite
internal import Projections

/// `ledger verify`
struct VerifyVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recompute every hash and every view, and name what is wrong",
        discussion: """
            Exits 8 if anything is wrong, with the first bad entry first.

            Example: ledger verify
            """)
    @Option(help: "Threads to use.")
    var threads = 2
    @Flag(help: "The search index too; takes as long again.")
    var search = false
    @OptionGroup var shared: SharedOptions

    private static func hint(_ result: Verification) -> String {
        result.findings.allSatisfy { $0.what.contains("ledger rebuild") }
            ? "Hint: the entries are whole; ledger rebuild makes the views anew from them"
            : "Hint: keep the file as it is, and restore a backup beside it"
    }

    func validate() throws {
        if !(1...64).contains(threads) { throw ValidationError("--threads wants 1 to 64") }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.withStore(.reading) { store in
            let result = try store.verify(threads: threads, search: search)
            let json = JSONValue.object([
                "entries": JSONValue(result.entries), "root": .string(result.root.description),
                "findings": .array(
                    result.findings.map { finding in
                        var members: [String: JSONValue] = ["what": .string(finding.what)]
                        members["sequence"] = finding.sequence.map { JSONValue($0) }
                        return .object(members)
                    }),
            ])
            if result.findings.isEmpty {
                return Answer(
                    [
                        .line("\(result.entries) entries, all as they were written"),
                        .line("root \(result.root)"),
                    ], json: json)
            }
            return Answer(
                [.line("The ledger is not as it was written (\(result.findings.count) findings):")]
                    + result.findings.prefix(50).map { .line("  \($0)") }
                    + [.line(Self.hint(result))],
                json: json, exit: .broken, outcome: "broken", reason: "integrity")
        }
    }
}

/// `ledger rebuild`
struct RebuildVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Make the stored views and the search index anew from the entries",
        discussion: """
            Also brings a file of an older ledger up to date. Entries are not touched.

            Example: ledger rebuild
            """)
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.withStore(.writing) { store in
            // What is made anew from entries that were changed would hide that they were.
            if let bad = try store.verify().findings.first(where: { $0.sequence != nil }) {
                throw StoreProblem(
                    .damaged, "nothing was made anew: the entries are not as they were written",
                    cause: "\(bad)",
                    hint: "keep the file as it is, and restore a backup beside it")
            }
            try store.rebuild()
            let head = try await store.head().sequence
            return Answer(
                [.line("views and search index made anew from \(head) entries")],
                json: .object(["entries": JSONValue(head)]))
        }
    }
}
