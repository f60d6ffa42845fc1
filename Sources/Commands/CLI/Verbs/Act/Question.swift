internal import CommandPorts
internal import Ledger
internal import LedgerText

/// The confirmation prompt before an action.
struct Question {
    let wiring: Wiring
    /// A confirmation by flag; `nil` for a command without these flags.
    let yes: YesOptions?
    /// The name to type in a protected environment.
    let name: String
    let isProtected: Bool
    /// The alternative to typing the name of a protected environment, for the hint.
    let otherwise: String

    /// How the person confirmed. Throws `Refusal` without confirmation, before anything is written.
    func ask(_ blocks: [Answer.Block]) throws -> Approved.Way {
        if let confirm = yes?.confirm {
            if confirm == name { return .flag }
            throw Refusal(
                .approvalMissing, "--confirm \(confirm) does not match \"\(name)\"",
                hint: "to confirm, add --confirm \(name)")
        }
        if yes?.yes == true, !isProtected { return .flag }
        if yes?.yes == true {
            throw Refusal(
                .approvalMissing, "\(name) is protected; --yes is not enough",
                hint: "to confirm, add --confirm \(name)\(otherwise)")
        }
        let flag = isProtected ? "--confirm \(shell: name)" : "--yes"
        guard wiring.console.canAsk else {
            throw Refusal(
                .approvalMissing, "confirmation required",
                cause: "standard input is not a terminal", hint: "to confirm, add \(flag)")
        }
        // The person must see the plan, even if the output is redirected.
        if wiring.options.output != .table || !wiring.console.isTerminal {
            wiring.renderer.say(blocks)
        }
        let answer = wiring.console.ask(
            isProtected ? "Type \"\(name)\" to continue: " : "Type \"yes\" to continue: ")
        if answer == (isProtected ? name : "yes") {
            let given = Quote.shellLine(["ledger"] + CommandLine.arguments.dropFirst())
            wiring.console.advise("To skip the prompt next time", "\(given) \(flag)")
            return .prompt
        }
        throw Refusal(.approvalMissing, "aborted: the confirmation did not match")
    }
}
