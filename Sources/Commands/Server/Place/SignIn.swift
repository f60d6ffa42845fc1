internal import CommandPorts
internal import Ledger
internal import LedgerOperations
internal import LedgerSignatures
internal import LedgerText
internal import Synchronization

/// Signs people in by their SSH keys.
struct SignIn: Sendable {
    let sessions = Sessions()
    let nonces = Nonces()
    /// The code of a server without people; `nil` once somebody used it.
    let setup: SetupCode?

    /// Opens a session for a signed statement; throws `Refusal`.
    func open(_ request: Login.Request, at ledger: ServedLedger) throws -> Login.Session {
        let now = ledger.surroundings.now()
        guard let statement = LoginStatement(request.statement) else {
            throw Refusal(.invalid, "the statement is not that of a login")
        }
        guard ledger.settings.addresses.contains(statement.server) else {
            throw Refusal(
                .invalid, "the statement is for \(statement.server)",
                cause: "this server is \(ledger.settings.address)",
                hint: "use its own address; it is `public-url` of its settings")
        }
        guard statement.expires > now,
            statement.expires.seconds(since: now) <= LoginStatement.seconds + Self.skew
        else {
            throw Refusal(
                .invalid, "the statement has expired, or is valid for too long",
                cause: "it is valid until \(statement.expires); the time here is \(now)",
                hint: "check the clock of your machine")
        }
        guard nonces.use(statement.nonce, now: now) else {
            throw Refusal(
                .invalid, "the statement was used before, has expired, or is of another server",
                hint: "sign in again")
        }
        let person = try person(of: request, statement, at: ledger)
        let (token, ends) = sessions.open(person, now: now)
        return Login.Session(person: person, token: token, ends: ExactTime(ends))
    }

    /// The allowed difference of the client's clock, in seconds.
    private static let skew = 30.0

    private func person(
        of request: Login.Request, _ statement: LoginStatement, at ledger: ServedLedger
    ) throws -> String {
        if let code = request.code {
            guard let setup else {
                throw Refusal(
                    .invalid, "this server is set up already", hint: "sign in without the code")
            }
            return try setup.use(code, request, at: ledger)
        }
        let checker = SSHChecker(
            namespace: LoginStatement.namespace, now: ledger.surroundings.now)
        let people = ledger.people()
        let found = checker.check(
            request.signature, over: request.statement, signers: people.signers)
        guard case .signed(let signer) = found else { throw Self.refused(found) }
        guard let person = people.settings.person(of: signer) else {
            throw Refusal(
                .notPossible, "\(signer) may sign, but is nobody in the server's settings",
                hint: "an administrator adds the name under `people:` in ledgerd.yaml")
        }
        return person
    }

    private static func refused(_ found: SignatureFinding) -> Refusal {
        switch found {
        case .foreign:
            Refusal(
                .notPossible, "the server does not know this key",
                hint: "an administrator adds its line to the allowed signers")
        case .forged(let why): Refusal(.invalid, "the signature is not valid", cause: why)
        case .otherNamespace:
            Refusal(
                .invalid, "the signature is for another purpose",
                cause: "its namespace is not \(LoginStatement.namespace)")
        case .notAllowed(let why):
            Refusal(.notPossible, "the key may not sign in", cause: why)
        case .signed: Refusal(.invalid, "the signature is not valid")
        }
    }
}

/// The code that a new server prints: its bearer becomes the first administrator.
final class SetupCode: Sendable {
    let code: String
    private let ends: Timestamp
    private let isUsed = Mutex(false)

    /// How long it may be used, in seconds.
    static let seconds = 600.0

    init(code: String, now: Timestamp) {
        self.code = code
        ends = now.adding(seconds: Self.seconds)
    }

    /// Makes the signer of the statement the first administrator; returns their name.
    fileprivate func use(
        _ code: String, _ request: Login.Request, at ledger: ServedLedger
    ) throws -> String {
        guard let signature = SSHSignature(armored: request.signature),
            signature.namespace == LoginStatement.namespace,
            signature.isOver(Array(request.statement.utf8))
        else { throw Refusal(.invalid, "the signature is not valid") }
        let name = request.name ?? ""
        try Author.check(name)
        guard !name.utf8.contains(where: { [32, 34, 44].contains($0) }) else {
            throw Refusal(.invalid, "the name of a person has no blanks, quotes or commas here")
        }
        return try isUsed.withLock { isUsed in
            guard !isUsed, ledger.surroundings.now() < ends, ExactText(code) == ExactText(self.code)
            else {
                throw Refusal(
                    .invalid, "the code is wrong, was used, or has expired",
                    hint: "restart ledgerd: it prints a new one")
            }
            try ledger.setUp(name, key: signature.key)
            isUsed = true
            return name
        }
    }
}
