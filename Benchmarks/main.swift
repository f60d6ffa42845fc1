import Foundation

// ledger-bench: what the ledger costs, beside what the machine can do.
//
//   LedgerBenchmarks [all] [--count N] [--rounds N] [--ledger PROGRAM] [--folder DIR]
//   LedgerBenchmarks reading [--count N]            scan, replay, verify, time travel alone
//   LedgerBenchmarks growth --ledger PROGRAM        10 k, 100 k … entries, up to --count
//   LedgerBenchmarks pipeline --ledger PROGRAM      deliveries and rules alone
//   LedgerBenchmarks proof [--count N]              proofs, signing, opening after a crash
//   LedgerBenchmarks secrets --plain F --labelled F  what the secret filter finds, and costs
//   LedgerBenchmarks load|append|replay|verify …     a row of the peers' table; see README.md

let arguments = Arguments(Array(CommandLine.arguments.dropFirst()))
Cases.leftOut = Set((arguments["without"] ?? "").split(separator: ",").map(String.init))
do {
    switch arguments.verb {
    case "all": try await All(arguments).run()
    case "reading": try await All(arguments).runReading()
    case "growth": try await All(arguments).runGrowth()
    case "pipeline": try All(arguments).runPipeline()
    case "proof": try await ProofCosts(arguments).run()
    case "secrets": try SecretFigures(arguments).run()
    case "crash": try await ProofCosts.crash(arguments)
    case "load", "append":
        let figure = try await Row.append(arguments)
        print(figure.json)
    case "replay":
        var figure = try await Cases.replay(arguments["store"] ?? "")
        figure.name = arguments["case"] ?? figure.name
        print(figure.json)
    case "verify":
        var figure = try Cases.verify(
            arguments["store"] ?? "", threads: arguments.number("threads", 1))
        figure.name = arguments["case"] ?? figure.name
        print(figure.json)
    default:
        print("unknown: \(arguments.verb); see Benchmarks/README.md")
        exit(64)
    }
} catch {
    print("failed: \(error)")
    exit(1)
}

/// `--name value` pairs after a verb.
struct Arguments {
    let verb: String
    private var values: [String: String] = [:]

    init(_ words: [String]) {
        verb = words.first.flatMap { $0.hasPrefix("--") ? nil : $0 } ?? "all"
        for (name, value) in zip(words, words.dropFirst()) where name.hasPrefix("--") {
            values[String(name.dropFirst(2))] = value
        }
    }

    subscript(name: String) -> String? { values[name] }
    func number(_ name: String, _ fallback: Int) -> Int {
        values[name].flatMap { Int($0) } ?? fallback
    }
}

/// A row of the peers' table: the workload is read before the clock starts.
enum Row {
    static func append(_ arguments: Arguments) async throws -> Figure {
        let (path, count) = (arguments["store"] ?? "", arguments.number("count", 1000))
        let warm = arguments.number("warm", 0)
        let start = arguments["case"]?.contains("@big") == true ? 1_000_000 : 0
        let events = try Workload.read(
            arguments["workload"] ?? "", from: start, count: count + warm)
        let tree = arguments["tree"] != "off"
        let batch = arguments.number("batch", arguments.verb == "load" ? 1000 : 1)
        var figure: Figure
        if let callers = arguments["callers"].flatMap({ Int($0) }) {
            figure = try await Cases.callers(path, events, callers: callers)
        } else if batch == 1 {
            figure = try await Cases.singles(path, events, warm: warm, tree: tree)
        } else {
            figure = try await Cases.batches(path, events, batch: batch, tree: tree)
        }
        figure.name = arguments["case"] ?? figure.name
        return figure
    }
}
