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
                hint: "write one object per line. Full batches of \(Limits.page) lines before it "
                    + "are recorded; with --source you can repeat the whole import")
        }
        guard var members = value.object else {
            throw Refusal(.invalid, "line \(number) is not an object")
        }
        func take(_ name: String) throws -> String? {
            guard let value = members.removeValue(forKey: name) else { return nil }
            guard let text = value.string else {
                throw Refusal(.invalid, "line \(number): \(name) must be a string")
            }
            return text
        }
        let said = try kind == nil ? take("kind") : kind
        guard let said else {
            throw Refusal(
                .invalid, "line \(number) has no kind",
                hint: "add a kind: {\"kind\": \"image.tagged\", …}")
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
                .invalid, "line \(number): only one of source and sourceID is given",
                hint: "give both; together they identify the fact")
        }
        return Fact(
            kind: said, fields: .object(members), time: time,
            source: source.flatMap { name in id.map { Source(name: name, id: $0) } },
            by: author.map { Author(name: $0) })
    }
}
