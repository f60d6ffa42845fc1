internal import ArgumentParser
internal import CommandPorts
internal import Foundation
internal import Ledger
internal import LedgerText

/// A fact as a line of JSON.
enum JSONLine {
    static func fact(_ line: String, number: Int, kind: String?) throws -> Fact {
        let value: JSONValue
        do { value = try JSONValue(parsing: line) } catch {
            throw Refusal(
                .invalid, "line \(number) is not JSON: \(error.reason) at byte \(error.offset)",
                hint: "one object a line; the lines before it are recorded in batches of "
                    + "\(Limits.page), and with --source the whole can be run again")
        }
        guard var members = value.object else {
            throw Refusal(.invalid, "line \(number) is not an object")
        }
        func take(_ name: String) throws -> String? {
            guard let value = members.removeValue(forKey: name) else { return nil }
            guard let text = value.string else {
                throw Refusal(.invalid, "line \(number): \(name) must be a text")
            }
            return text
        }
        let said = try kind == nil ? take("kind") : kind
        guard let said else {
            throw Refusal(
                .invalid, "line \(number) names no kind", hint: "{\"kind\": \"image.tagged\", …}")
        }
        let time = try take("time").map { text in
            guard let time = Timestamp(text) else {
                throw Refusal(.invalid, "line \(number): \"\(text)\" is not a time (RFC 3339)")
            }
            return time
        }
        let (source, id) = (try take("source"), try take("sourceID"))
        let author = try take("by")
        guard (source == nil) == (id == nil) else {
            throw Refusal(
                .invalid, "line \(number): source and sourceID go together",
                hint: "together they are the fact's lasting name")
        }
        return Fact(
            kind: said, fields: .object(members), time: time,
            source: source.flatMap { name in id.map { Source(name: name, id: $0) } },
            by: author.map { Author(name: $0) })
    }
}
