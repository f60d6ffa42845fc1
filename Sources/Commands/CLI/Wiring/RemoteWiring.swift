internal import CommandPorts
internal import CommandRunners
internal import CommandSecrets
internal import Ledger
internal import LedgerHome
internal import LedgerOperations

extension Wiring {
    /// The ledger of a server, if `--server` or `LEDGER_SERVER` names one.
    func remote() throws -> RemoteLedger? {
        guard let address = options.server else { return nil }
        let bare = try RemoteLedger(address, transport: transport, token: nil).address
        let token =
            variables["LEDGER_SESSION"] ?? SessionFiles(variables: variables).token(for: bare)
        return try RemoteLedger(bare, transport: transport, token: token)
    }

    /// Signs statements of logins.
    var loginSigner: any SignatureMaker {
        let filter = SecretFilter(variables: variables, secrets: [])
        return SSHSignatures(
            runner: ShellRunner(bundles: "", secretFilter: filter), variables: variables,
            namespace: LoginStatement.namespace)
    }

    /// The answer of a query: from the server, if one is named, else from the ledger's file.
    func answer<Q: Query & Served>(_ query: Q) async throws -> Q.Answer {
        if let remote = try remote() { return try await remote.answer(query) }
        return try await asking { try await query.answer(at: $0) }
    }

    /// Throws `Refusal` for a command that only works where the ledger's file is.
    func refuseRemote() throws {
        guard let address = options.server else { return }
        throw Refusal(
            .notPossible, "this command cannot be carried out by a server yet",
            cause: "it reads or writes the ledger's file; --server names \(address)",
            hint: "run it where the file is, without --server and LEDGER_SERVER")
    }
}
