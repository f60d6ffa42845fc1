internal import ArgumentParser
internal import CommandPorts
internal import Ledger
internal import LedgerText

/// Whether an answer stays on the terminal and is kept current.
struct WatchOption: ParsableArguments {
    @Flag(
        name: [.customShort("w"), .customLong("watch")],
        help: "Keep the answer current on the terminal, until Ctrl-C.")
    var watch = false
}

extension WatchOption: ScannedOptions {
    static var blank: Self {
        var blank = Self()
        blank.watch = false
        return blank
    }

    mutating func take(_ scan: inout LineScan) -> Bool {
        switch scan.name {
        case "--watch", "-w": scan.read(&watch)
        default: return false
        }
        return true
    }
}

/// A verb whose answer can be watched.
protocol WatchingVerb: Verb {
    var watching: WatchOption { get }
}

extension WatchingVerb {
    /// Seconds between two answers.
    private static var pause: Int { 2 }

    func run() async throws {
        guard watching.watch else { return try await answerOnce() }
        let wiring = Wiring(shared, by: by)
        guard wiring.console.isLive, shared.output == .table else {
            throw Refusal(
                .invalid, "--watch cannot be used here",
                cause: shared.output == .table
                    ? "standard output is not a terminal"
                    : "it shows a table, not \(shared.output.rawValue)",
                hint: Hint("programs follow new entries with", run: "ledger log --follow -o jsonl"))
        }
        while true {
            let answer = try await answer(wiring)
            let renderer = wiring.renderer
            let rows = wiring.console.rows
            let lines = answer.blocks.flatMap(renderer.linesAndHints)
            // What does not fit would scroll, and could not be erased.
            let shown = lines.prefix(max(1, rows - 2))
            let rest = lines.count - shown.count
            wiring.console.replaceScreen(
                shown + (rest > 0 ? [[Span("… \(rest) more lines")]] : [])
                    + [[Span("\(wiring.now.short), every \(Self.pause) s; Ctrl-C ends")]])
            if answer.mayChange == .impossible { return }
            try await Task.sleep(for: .seconds(Self.pause))
        }
    }
}
