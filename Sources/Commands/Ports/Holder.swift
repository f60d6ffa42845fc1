internal import LedgerText

/// A process that may hold a lease. Another process on the same machine can check whether it still
/// lives.
public struct Holder: Hashable, Sendable {
    public let person: String
    public let host: String
    public let process: Int
    /// When and where the process began, in the system's own terms. A process number can be reused,
    /// also in another container; this pair is unique.
    public let began: String

    public init(person: String, host: String, process: Int, began: String) {
        self.person = person
        self.host = host
        self.process = process
        self.began = began
    }

    /// `alice@laptop process 4711 (8123)`.
    public var text: String { "\(person)@\(host) process \(process) (\(began))" }

    /// Parses `text`; `nil` if it has another form.
    public init?(_ text: String) {
        let words = text.parts(separator: " ")
        guard words.count == 4, words[1] == "process", let process = Int(words[2]),
            words[3].begins(with: "("), words[3].ends(with: ")"),
            let cut = words[0].last(byte: "@")
        else { return nil }
        person = String(words[0][..<cut])
        host = String(words[0][words[0].index(after: cut)...])
        self.process = process
        began = String(words[3].dropFirst().dropLast())
    }
}
