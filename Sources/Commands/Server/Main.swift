internal import CommandPorts
internal import FoundationEssentials
internal import Glibc
internal import Hummingbird
internal import Ledger
internal import LedgerHome
internal import LedgerOperations
internal import LedgerText
internal import Logging
internal import StaticStart

@main
enum Program {
    static func main() async {
        ledger_look_logins_up_in_files()
        signal(SIGPIPE, SIG_IGN)
        do {
            let options = try ServerOptions(
                Array(CommandLine.arguments.dropFirst()), ProcessVariables.all)
            if options.wantsHelp { return print(ServerOptions.help) }
            try await serve(options)
        } catch {
            let problem = Problem(error)
            say("Error: \(problem.message)")
            if let cause = problem.cause { say("Caused by: \(cause)") }
            if let hint = problem.hint { say("Hint: \(hint)") }
            exit(problem.kind == .fault ? 70 : 3)
        }
    }

    static func say(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    private static func serve(_ options: ServerOptions) async throws {
        let place = try ServerPlace(options)
        let store = try await place.open { say($0) }
        let ledger = ServedLedger(store, place.settings, settingsFile: place.settingsFile)
        let setup = try place.setupCode(now: ledger.surroundings.now())
        let dispatcher = Dispatcher(ledger: ledger, signIn: SignIn(setup: setup))
        var logger = Logger(label: "ledgerd")
        logger.logLevel = .warning
        let server = Application(
            responder: HTTPDoor(dispatcher: dispatcher),
            configuration: ApplicationConfiguration(
                address: .hostname(place.settings.host, port: place.settings.port)),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { ledger.listens(at: port) }
                let address = ledger.settings.address
                say("ledgerd serves \(store.location) at \(address)")
                if let setup { place.tell(setup, address) }
            },
            logger: logger)
        try await server.runService()
        place.forgetSetup()
        try await store.close()
    }
}
