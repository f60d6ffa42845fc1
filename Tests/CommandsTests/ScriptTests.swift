import Foundation
import Support
import Testing

/// The shell that stands in every script which `ledger script` prints.
struct ScriptTests {
    /// What a shell says that has the script's functions.
    private func shell(_ line: String, _ variables: [String: String] = [:]) async throws -> Spoken {
        let library = try String(
            contentsOf: Shared.repository.appending(path: "Sources/Commands/Core/Plans/script.sh"),
            encoding: .utf8)
        var all = ["PATH": "/usr/bin:/bin"]
        all.merge(variables) { $1 }
        return try await Spoken.run(["sh", "-c", library + line], variables: all)
    }

    /// What a variable holds arrives at the far end as it was.
    @Test(arguments: ["it's", "", "two\nlines", "end\n", "$HOME `id` \\ \"x\"", "-n", "'"])
    func aWordIsReadBackAsItWas(word: String) async throws {
        let said = try await shell(
            #"eval "back=$(quote "$WORD")"; printf %s "$back""#, ["WORD": word])
        #expect(said.output == word)
    }

    /// A step sees the playbook's variables, also those that are called as the script's own.
    @Test func noVariableIsHiddenByTheScriptsOwn() async throws {
        let names = ["place", "line", "each", "work", "seen", "needed"]
        let values = Dictionary(uniqueKeysWithValues: names.map { ($0, "it's\n\($0)\n") })
        let print = names.map { "\"$\($0)\"" }.joined(separator: " ")
        let said = try await shell(
            #"place=1 line=2 each=3 work=4 needed=5; here 5 sh -c 'printf "<%s>" \#(print)'; "#
                + #"echo "$work $_missing""#,
            values.merging(["_variables": (names + ["none"]).joined(separator: " ")]) { $1 })
        #expect(said.output == names.map { "<it's\n\($0)\n>" }.joined() + "4 none \n")
    }

    /// A pipe in the place of the journal would keep the script waiting.
    @Test func aJournalIsAFile() async throws {
        let sandbox = try Sandbox()
        let made = try await Spoken.run(["mkfifo", sandbox.path("pipe")], variables: [:])
        #expect(made.code == 0)
        let said = try await shell(
            "show() { :; }; needed=0 name=x; begin --yes", ["LEDGER_JOURNAL": sandbox.path("pipe")])
        #expect(said.code == 1 && said.error.contains("pipe is no file"))
    }

    /// Whether an answer names the release: by digest, revision or tag, word for word, in each
    /// line.
    @Test(arguments: [
        ("v1", true), ("shop@sha256:d1", true), ("abc1234", true), ("v1\nsha256:d1", true),
        ("v10", false), ("sha256:d10", false), ("v1\nv2", false), ("", false), ("not v2", false),
        ("current v2 previous v1", false), ("current sha256:d2, previous sha256:d1", false),
        ("[a@sha256:d1 b@sha256:d2]", true), ("sha256:d1\nsha256:d2", false), ("*", false),
        ("commit abc1234 of main", true), ("abc12", false), ("ffffff1 abc1234", false),
        ("running sha256:d1, healthy", true),
    ])
    func whatIsSeenIsTheReleaseOrIsNot(answer: String, isIt: Bool) async throws {
        let said = try await shell(
            #"LEDGER_TAG=v1 LEDGER_DIGEST=sha256:d1 LEDGER_REVISION=abc12345; "#
                + #"probe() { printf '%s\n' "$ANSWER"; }; runs '' probe"#, ["ANSWER": answer])
        #expect((said.code == 0) == isIt, "\(answer)")
    }

    /// A member of a JSON answer is that member, and not another of its name.
    @Test func aMemberIsFoundWhereItStands() async throws {
        let flat = #"{"tag": "v1", "other": "v2"}"#
        await #expect(try shell("printf '%s\n' '\(flat)' | member tag").output == "v1\n")
        let text = #"{"a": {"b-c": "v1"}, "b-c": "v2"}"#
        await #expect(try shell("echo '\(text)' | member a.b-c").output == "v1\n")
        // Where jq is not, what lies deeper is not guessed.
        let none = try await shell(
            "command() { return 1; }; echo '{\"a\": {\"b\": \"v1\"}}' | member a.b")
        #expect(none.output == "" && none.error.contains("jq is needed"))
    }
}
