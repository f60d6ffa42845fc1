internal import ArgumentParser
internal import LedgerText

/// `ledger version`
struct VersionVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Show the version of this program")

    func run() { print("ledger \(Version.current)") }
}

/// `ledger completion`
struct CompletionVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print a completion script for a shell",
        discussion: """
            Example: ledger completion bash > /etc/bash_completion.d/ledger
            Example: ledger completion zsh > ~/.zfunc/_ledger
            Example: ledger completion fish > ~/.config/fish/completions/ledger.fish
            """)
    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    /// The shells for which there is a script.
    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    func run() {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        print(LedgerTool.completionScript(for: kind))
    }
}
