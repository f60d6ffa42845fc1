import Foundation
import Support
import Testing

/// The shell that stands in every script which `ledger script` prints.
struct ScriptTests {
    /// What a shell says that has the script's functions.
    private func shell(_ line: String, _ variables: [String: String] = [:]) throws -> Spoken {
        let library = try String(
            contentsOf: Shared.repository.appending(path: "Sources/Commands/script.sh"),
            encoding: .utf8)
        var all = ["PATH": "/usr/bin:/bin"]
        all.merge(variables) { $1 }
        return try Spoken.run(["sh", "-c", library + line], variables: all)
    }

    /// What a variable holds arrives at the far end as it was.
    @Test(arguments: ["it's", "", "two\nlines", "end\n", "$HOME `id` \\ \"x\"", "-n", "'"])
    func aWordIsReadBackAsItWas(word: String) throws {
        let said = try shell(#"eval "back=$(quote "$WORD")"; printf %s "$back""#, ["WORD": word])
        #expect(said.output == word)
    }

    /// Whether an answer names the release: by digest, revision or tag, word for word, in each
    /// line.
    @Test(arguments: [
        ("v1", true), ("shop@sha256:d1", true), ("abc123", true), ("v1\nsha256:d1", true),
        ("v10", false), ("sha256:d10", false), ("v1\nv2", false), ("", false), ("not v2", false),
    ])
    func whatIsSeenIsTheReleaseOrIsNot(answer: String, isIt: Bool) throws {
        let said = try shell(
            #"LEDGER_TAG=v1 LEDGER_DIGEST=sha256:d1 LEDGER_REVISION=abc123; "#
                + #"probe() { printf '%s\n' "$ANSWER"; }; runs '' probe"#, ["ANSWER": answer])
        #expect((said.code == 0) == isIt, "\(answer)")
    }

    /// A member of a JSON answer is that member, and not another of its name.
    @Test func aMemberIsFoundWhereItStands() throws {
        let flat = #"{"tag": "v1", "other": "v2"}"#
        #expect(try shell("printf '%s\n' '\(flat)' | member tag").output == "v1\n")
        let text = #"{"a": {"b-c": "v1"}, "b-c": "v2"}"#
        #expect(try shell("echo '\(text)' | member a.b-c").output == "v1\n")
        // Where jq is not, what lies deeper is not guessed.
        let none = try shell(
            "command() { return 1; }; echo '{\"a\": {\"b\": \"v1\"}}' | member a.b")
        #expect(none.output == "" && none.error.contains("jq is needed"))
    }
}
