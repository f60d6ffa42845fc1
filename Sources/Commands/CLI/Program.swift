internal import ArgumentParser
internal import Dispatch
internal import Glibc
internal import LedgerHome
internal import LedgerText
internal import StaticStart

@main
enum Program {
    /// The first thread only waits: Swift's own asynchronous `main` ends this thread, which costs
    /// a static program more than all else together.
    static func main() {
        ledger_look_logins_up_in_files()
        signal(SIGPIPE, SIG_IGN)
        let words = Array(CommandLine.arguments.dropFirst())
        if words == ["--version"] { return print(Version.current) }
        if let problem = Self.misreadBytes() {
            Console.say("Error: \(problem)", .failed)
            exit(ExitStatus.refused.rawValue)
        }
        if words == ["version"] { return VersionVerb().run() }
        // Some programs start others with blocked signals: then no `kill` would end this one.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        // A file that may not grow (`ulimit -f`) causes an error message, not a silent exit.
        signal(SIGXFSZ, SIG_IGN)
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            await run(words)
            done.signal()
        }
        done.wait()
    }

    /// What cannot be read as text: then a file of another name would be used.
    private static func misreadBytes() -> String? {
        for index in 0..<Int(CommandLine.argc) {
            guard let word = CommandLine.unsafeArgv[index] else { continue }
            if String(validatingCString: word) == nil { return "an argument is not UTF-8" }
        }
        var folder = [CChar](repeating: 0, count: Int(PATH_MAX))
        // A deleted folder has no path: what needs one will say so.
        guard getcwd(&folder, folder.count) != nil else { return nil }
        return folder.withUnsafeBufferPointer {
            $0.baseAddress.flatMap { String(validatingCString: $0) } == nil
        } ? "the path of this folder is not UTF-8: rename it, or work in another one" : nil
    }

    private static func run(_ words: [String]) async {
        var line = words
        var command: any ParsableCommand
        if let verb = scanned(words, ProcessVariables.all) {
            command = verb
        } else {
            let given = Usage.verbFirst(words)
            Usage.refuseUnknownTopic(given)
            line = FlagVariables.adding(to: given, from: ProcessVariables.all)
            do { command = try chosen(line) ?? LedgerTool.parseAsRoot(line) } catch {
                Usage.exit(with: error, arguments: given)
            }
        }
        // Only what prints help, versions and completions is not asynchronous.
        guard var verb = command as? any AsyncParsableCommand else {
            do { return try command.run() } catch { Usage.exit(with: error, arguments: line) }
        }
        do { try await verb.run() } catch { Failure.exit(with: error, arguments: line) }
    }

    /// The verb, read without the parser; `nil` if only the parser can read it.
    static func scanned(
        _ words: [String], _ variables: [String: String]
    ) -> (any ScannedVerb)? {
        guard let name = words.first, !FlagVariables.areSet(in: variables) else {
            return nil
        }
        let verb: (any ScannedVerb.Type)? =
            switch name {
            case "complete": CompleteVerb.self
            case "diff": DiffVerb.self
            case "history": HistoryVerb.self
            case "log": LogVerb.self
            case "record": RecordVerb.self
            case "search": SearchVerb.self
            case "show": ShowVerb.self
            case "status": StatusVerb.self
            case "targets": TargetsVerb.self
            default: nil
            }
        return verb?.scanned(words.dropFirst())
    }

    /// The verb that the arguments name, parsed without the others; `nil` if the parser must see
    /// the whole line: help, a group of verbs, or a mistake, which it explains best.
    static func chosen(_ arguments: [String]) -> (any ParsableCommand)? {
        let (verb, depth) = FlagVariables.verb(of: arguments)
        guard depth > 0, verb.configuration.subcommands.isEmpty,
            let command = try? verb.parseAsRoot(Array(arguments.dropFirst(depth)))
        else { return nil }
        return type(of: command) == verb ? command : nil
    }
}
