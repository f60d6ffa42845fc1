internal import CommandFiles
internal import CommandPorts
internal import Ledger
internal import LedgerOperations
internal import LedgerText

/// The settings of a server: the file `ledgerd.yaml`, which is reviewed like the playbook.
struct Settings: Sendable {
    /// A person of the team.
    struct Person: Sendable {
        /// Names in the allowed signers whose keys are theirs.
        var signers: [String] = []
        var roles: [Role: RightScope] = [:]
    }

    /// A webhook: its sender, and where its secrets are.
    struct Hook: Sendable {
        let sender: String
        let secretFiles: [String]
    }

    var host = "127.0.0.1"
    var port = 8484
    /// The address by which clients know the server, without a slash at its end.
    var publicURL: String?
    /// The ledger's file.
    var ledger = ".ledger/ledger.db"
    /// The playbook, if it is not `ledger.yaml`.
    var playbook: String?
    /// The file of allowed signers (ssh-keygen(1)).
    var signers = "allowed_signers"
    var people: [String: Person] = [:]
    var hooks: [String: Hook] = [:]

    /// The address that people type.
    var address: String { publicURL ?? "http://localhost:\(port)" }

    /// All addresses by which clients may reach the server. Any other name in a request is that of
    /// a page that wants to use its reader's browser (DNS rebinding).
    var addresses: [String] {
        [publicURL].compactMap(\.self)
            + ["localhost", "127.0.0.1", "[::1]"].map { "http://\($0):\(port)" }
    }

    /// The person to whom a name in the allowed signers belongs.
    func person(of signer: String) -> String? {
        people.first { $0.value.signers.contains { ExactText($0) == ExactText(signer) } }?.key
    }

    init() {}

    /// Throws `SourceProblem`, with the line of the mistake.
    init(yaml text: String, file: String) throws(SourceProblem) {
        let root = try StrictYAML.document(text, file: file)
        let members = try root.members([
            "ledgerd", "listen", "public-url", "ledger", "playbook", "signers", "people", "hooks",
        ])
        guard let version = members["ledgerd"], try version.text() == "1" else {
            throw root.problem(
                "ledgerd: 1 is required", hint: "write it as the first line; it is the format")
        }
        if let listen = members["listen"] {
            do { try self.listen(at: try listen.text()) } catch let problem as SourceProblem {
                throw problem
            } catch { throw listen.problem("an address and a port are required") }
        }
        if let url = members["public-url"] { publicURL = try Self.url(url) }
        if let path = members["ledger"] { ledger = try path.text() }
        if let path = members["playbook"] { playbook = try path.text() }
        if let path = members["signers"] { signers = try path.text() }
        if let people = members["people"] {
            for (key, value) in try people.pairs() {
                do throws(InvalidName) { try Author.check(key.text) } catch {
                    throw key.reader.problem(error.description)
                }
                self.people[key.text] = try Self.person(value)
            }
        }
        if let hooks = members["hooks"] {
            for (key, value) in try hooks.pairs() { self.hooks[key.text] = try Self.hook(value) }
        }
    }

    /// Reads `127.0.0.1:8484`; throws `Refusal`.
    mutating func listen(at text: String) throws {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
            let port = Int(text[text.index(after: colon)...]), (0...65535).contains(port)
        else {
            throw Refusal(
                .invalid, "\"\(text)\" is not an address and a port", hint: "127.0.0.1:8484")
        }
        (host, self.port) = (String(text[..<colon]), port)
    }

    private static func url(_ reader: StrictYAML) throws(SourceProblem) -> String {
        let text = try reader.text()
        guard text.begins(with: "https://") || text.begins(with: "http://"),
            !text.ends(with: "/"), !text.holds(" ")
        else {
            throw reader.problem(
                "an address is required", hint: "as people type it: https://ledger.example.com")
        }
        return text
    }

    private static func person(_ reader: StrictYAML) throws(SourceProblem) -> Person {
        let members = try reader.members(["ssh", "roles"])
        var person = Person()
        person.signers = try members["ssh"]?.texts() ?? []
        for (key, value) in try members["roles"]?.pairs() ?? [] {
            guard let role = Role(rawValue: key.text) else {
                throw key.reader.problem(
                    "unknown role \"\(key.text)\"",
                    hint: "roles: \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            person.roles[role] =
                value.isScalar
                ? try everywhere(value) : .environments(Set(try value.texts()))
        }
        return person
    }

    private static func everywhere(_ reader: StrictYAML) throws(SourceProblem) -> RightScope {
        guard try reader.text() == "all" else {
            throw reader.problem("`all`, or a list of environments is required")
        }
        return .everywhere
    }

    private static func hook(_ reader: StrictYAML) throws(SourceProblem) -> Hook {
        let members = try reader.members(["sender", "secret-files"])
        guard let sender = members["sender"], let files = members["secret-files"] else {
            throw reader.problem("`sender` and `secret-files` are required")
        }
        return Hook(sender: try sender.text(), secretFiles: try files.texts())
    }

    /// The rights of a person, from all their roles.
    func rights(of name: String) -> [Right: RightScope] {
        var rights: [Right: RightScope] = [:]
        for (role, scope) in people[name]?.roles ?? [:] {
            for right in role.rights { rights[right] = (rights[right] ?? scope).with(scope) }
        }
        return rights
    }
}

extension RightScope {
    fileprivate func with(_ other: RightScope) -> RightScope {
        guard case .environments(let one) = self, case .environments(let two) = other else {
            return .everywhere
        }
        return .environments(one.union(two))
    }
}
