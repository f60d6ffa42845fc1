import ArgumentParser
import Support
import Testing

@testable import LedgerTool

/// A command line that is read without the parser is read as the parser reads it.
struct LineScanTests {
    private static let verbs: [any ScannedVerb.Type] = [
        CompleteVerb.self, DiffVerb.self, HistoryVerb.self, LogVerb.self, RecordVerb.self,
        SearchVerb.self,
        ShowVerb.self, StatusVerb.self, TargetsVerb.self,
    ]

    private static func name(_ verb: any ScannedVerb.Type) -> String {
        verb.configuration.commandName ?? ""
    }

    /// Words of every kind that a person could type as a value or an argument.
    private static let values = [
        "production", "7", "0", "-3", "", "json", "csv", "long", "runs", "open-runs", "v1.0.0",
        "--", "-", "a=b", "ä", "\u{338}x", "v1..v2", "--at", "-h", "help", "--field", "--field=x",
        "---field", "--generate-completion-script", "--help-hidden", "--experimental-dump-help",
        "image.tagged",
    ]

    /// Checks a line; returns whether the scan read it. What it does not read, the parser reads.
    @discardableResult
    private func check(_ verb: any ScannedVerb.Type, _ words: [String]) -> Bool {
        guard let scanned = verb.scanned(words[...]) else { return false }
        let parsed = try? verb.parseAsRoot(words)
        #expect(
            parsed.map { String(describing: $0) } == String(describing: scanned),
            "\(Self.name(verb)) \(words)")
        return true
    }

    /// The arguments that a verb needs.
    private func needed(_ verb: any ScannedVerb.Type) -> [String] {
        Array(repeating: "runs", count: verb.needed)
    }

    @Test(arguments: verbs.indices)
    func everyFlagIsReadAsTheParserReadsIt(place: Int) throws {
        let verb = Self.verbs[place]
        let options = FlagVariables.options(of: verb)
        #expect(options.count >= 5)
        #expect(check(verb, needed(verb)))
        for option in options.values {
            var isRead = false
            for name in option.names {
                for value in Self.values {
                    if check(verb, needed(verb) + [name, value]) { isRead = true }
                    check(verb, needed(verb) + ["\(name)=\(value)"])
                }
                if check(verb, [name] + needed(verb)) { isRead = true }
                check(verb, needed(verb) + [name])
                check(verb, needed(verb) + ["\(name)7"])
                check(verb, [name, "7"] + needed(verb) + [name, "8"])
            }
            let isOfParser = option.names.contains { ["--help", "--version"].contains($0) }
            #expect(isRead != isOfParser, "\(Self.name(verb)) \(option.names)")
        }
    }

    @Test(arguments: verbs.indices)
    func anyLineIsReadAsTheParserReadsIt(place: Int) throws {
        let verb = Self.verbs[place]
        let names = FlagVariables.options(of: verb).values.flatMap(\.names).sorted()
        var random = Seeded(UInt64(place) + 1)
        var read = 0
        for _ in 0..<300 {
            var words: [String] = []
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let pool = Bool.random(using: &random) ? names : Self.values
                words.append(pool.randomElement(using: &random) ?? "")
            }
            if check(verb, words) { read += 1 }
        }
        #expect(read > 0)
    }

    /// The program finds each of them by its name.
    @Test func everyScannedVerbIsFoundByItsName() {
        for verb in Self.verbs {
            let found = Program.scanned([Self.name(verb)] + needed(verb), [:])
            #expect(found.map { type(of: $0) == verb } == true, "\(Self.name(verb))")
        }
        #expect(Program.scanned(["status"], ["LEDGER_ENVIRONMENT": "production"]) == nil)
        #expect(Program.scanned(["status"], ["LEDGER_BY": "alice", "LEDGER_DB": "x"]) != nil)
        #expect(Program.scanned(["deploy", "v1"], [:]) == nil)
        #expect(Program.scanned([], [:]) == nil)
    }

    /// A verb that is parsed alone is what the whole program would have parsed.
    @Test(arguments: [
        ["gate", "-e", "production", "--tag", "v1"], ["deploy", "v1", "-e", "production", "-y"],
        ["runs", "show", "7"], ["runs"], ["record", "deploy.finished", "--tag", "v1", "--x", "y"],
        ["explain", "-e", "production"], ["explain", "proof", "x"], ["approve", "7", "--key", "k"],
    ])
    func theChosenVerbAloneIsParsedTheSame(words: [String]) throws {
        let alone = try #require(Program.chosen(words))
        let whole = try LedgerTool.parseAsRoot(words)
        #expect(String(describing: alone) == String(describing: whole))
    }

    @Test(arguments: [
        [], ["help"], ["--help"], ["--version"], ["status", "--help"], ["import"], ["gate"],
        ["deploy", "--env", "x"], ["help", "status"], ["status", "-h"], ["nonsense"],
    ])
    func whatOnlyTheWholeProgramCanExplainIsNotParsedAlone(words: [String]) {
        #expect(Program.chosen(words) == nil)
    }
}
