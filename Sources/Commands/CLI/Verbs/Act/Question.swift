internal import CommandPorts
internal import Ledger

/// The question before anything is done.
struct Question {
    let wiring: Wiring
    /// A yes that was given beforehand; `nil` where none can be.
    let yes: YesOptions?
    /// What has to be typed where it is protected.
    let name: String
    let isProtected: Bool
    /// How else it can be had where it is protected.
    let otherwise: String

    /// The person's yes; throws `Refusal` for anything else. Nothing was written before it.
    func ask(_ blocks: [Answer.Block]) throws -> Approved.Way {
        if let confirm = yes?.confirm {
            if confirm == name { return .flag }
            throw Refusal(
                .approvalMissing, "--confirm \(confirm) does not name \(name)",
                hint: "--confirm \(name)")
        }
        if yes?.yes == true, !isProtected { return .flag }
        if yes?.yes == true {
            throw Refusal(
                .approvalMissing, "\(name) is protected; --yes is not enough",
                hint: "type its name: --confirm \(name)\(otherwise)")
        }
        let flag = isProtected ? "--confirm \(name)" : "--yes"
        guard wiring.console.canAsk else {
            throw Refusal(
                .approvalMissing, "nobody is here to say yes",
                cause: "standard input is no terminal", hint: "add \(flag) if you mean it")
        }
        // Whoever is asked sees what about, wherever the answer goes.
        if wiring.options.output != .table || !wiring.console.isTerminal {
            for case .line(let text) in blocks { wiring.console.error(text) }
        }
        let answer = wiring.console.ask(
            isProtected ? "Type \(name) to go on: " : "Go on? Type yes: ")
        if answer == (isProtected ? name : "yes") { return .prompt }
        throw Refusal(.approvalMissing, "that was not a yes; nothing was done")
    }
}
