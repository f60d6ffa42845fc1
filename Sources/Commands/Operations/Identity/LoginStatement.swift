public import Ledger
internal import LedgerText

/// What a person signs with an SSH key to sign in to a server: where, and until when.
///
/// It names the address that the client connected to, so that a server in the middle cannot use the
/// signature elsewhere.
public struct LoginStatement: Hashable, Sendable {
    /// The namespace of the signature (PROTOCOL.sshsig): a signed approval is no login.
    public static let namespace = "ledger-login"
    /// The longest that a statement is valid, in seconds.
    public static let seconds = 60.0

    /// The server's address as the client has it: `https://ledger.example.com`.
    public let server: String
    /// The server's number, which is used once.
    public let nonce: String
    public let expires: Timestamp

    public init(server: String, nonce: String, expires: Timestamp) {
        self.server = server
        self.nonce = nonce
        self.expires = expires
    }

    private static let title = "ledger login"

    /// The bytes that are signed.
    public var text: String {
        """
        \(Self.title)
        server: \(server)
        nonce: \(nonce)
        expires: \(expires)

        """
    }

    /// `nil` unless the text is exactly that of a statement.
    public init?(_ text: String) {
        let lines = text.parts(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count == 5, lines[0] == Self.title else { return nil }
        func value(_ line: String, _ name: String) -> String? {
            line.begins(with: name + ": ") ? String(line.dropFirst(name.count + 2)) : nil
        }
        guard let server = value(lines[1], "server"), let nonce = value(lines[2], "nonce"),
            let expires = value(lines[3], "expires").flatMap({ Timestamp($0) })
        else { return nil }
        self.init(server: server, nonce: nonce, expires: expires)
        if !self.text.utf8.elementsEqual(text.utf8) { return nil }
    }
}

/// The requests and answers of signing in.
public enum Login {
    /// What the server asks to be signed.
    public struct Challenge: Codable, Hashable, Sendable {
        public let nonce: String

        public init(nonce: String) { self.nonce = nonce }
    }

    /// A signed statement.
    public struct Request: Codable, Hashable, Sendable {
        public let statement: String
        /// An SSH signature over the statement, armored (PROTOCOL.sshsig).
        public let signature: String
        /// The code that a new server printed: it makes its bearer the first administrator.
        public let code: String?
        /// With a code: the name of the first administrator.
        public let name: String?

        public init(
            statement: String, signature: String, code: String? = nil, name: String? = nil
        ) {
            self.statement = statement
            self.signature = signature
            self.code = code
            self.name = name
        }
    }

    /// An open session.
    public struct Session: Codable, Hashable, Sendable {
        /// The name by which the ledger knows the person.
        public let person: String
        public let token: String
        public let ends: ExactTime

        public init(person: String, token: String, ends: ExactTime) {
            self.person = person
            self.token = token
            self.ends = ends
        }
    }
}
