import Commands
import Foundation
import Support
import Testing

/// Whole sessions of `ledger` as text, one file a story. `LEDGER_UPDATE=1` writes down what happens
/// now.
///
/// A line that begins with `$ ` is run by a shell in a folder of its own; the lines after it are
/// what it said, both outputs together, and `[exit N]` if N is not 0. What differs from run to run
/// is replaced.
struct StoryTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "Stories")
    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".txt") }.sorted()

    @Test func thereAreStories() { #expect(Self.names.count >= 10) }

    @Test(arguments: names)
    func story(name: String) async throws {
        let file = Self.folder.appending(path: name)
        let told = try String(contentsOf: file, encoding: .utf8)
        let sandbox = try Sandbox()
        let place = try Place(sandbox)
        var now: [String] = []
        var isOutput = false
        for line in told.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("$ ") {
                now.append(line)
                now += try await place.run(String(line.dropFirst(2)))
                isOutput = true
            } else if line.hasPrefix("# ") || (line.isEmpty && !isOutput) {
                if line.hasPrefix("# "), now.last?.isEmpty == false { now.append("") }
                now.append(line)
                isOutput = false
            }
        }
        let text = now.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["LEDGER_UPDATE"] == "1" {
            try Data(text.utf8).write(to: file)
        }
        let kept = try String(contentsOf: file, encoding: .utf8)
        if kept != text {
            let pairs = zip(kept.split(separator: "\n", omittingEmptySubsequences: false), now)
            let first = pairs.first { $0 != $1 }
            Issue.record(
                "\(name): told “\(first?.0 ?? "…")”, happened “\(first?.1 ?? "…")”\n\(text)")
        }
    }
}

/// A folder with the program in reach, and nothing of this machine.
struct Place {
    let sandbox: Sandbox
    let variables: [String: String]

    init(_ sandbox: Sandbox) throws {
        self.sandbox = sandbox
        let program = try #require(Shared.product("ledger"), "build the product ledger first")
        let programs = URL(filePath: program).deletingLastPathComponent().path
        let own = [
            "PATH": "\(programs):/usr/bin:/bin", "HOME": sandbox.folder.path, "LANG": "C.UTF-8",
            "LEDGER_BY": "alice", "TZ": "UTC",
            "STORY": Shared.repository.appending(path: "Tests/StoryTests/Fixtures").path,
            "GIT_AUTHOR_NAME": "Dana", "GIT_AUTHOR_EMAIL": "dana@example.org",
            "GIT_COMMITTER_NAME": "Dana", "GIT_COMMITTER_EMAIL": "dana@example.org",
            "GIT_AUTHOR_DATE": "2026-11-02T09:00:00Z", "GIT_COMMITTER_DATE": "2026-11-02T09:00:00Z",
            "GIT_CONFIG_NOSYSTEM": "1", "XDG_CONFIG_HOME": sandbox.folder.path,
        ]
        // Of this machine only what scripts/mutate says to the program.
        variables = own.merging(
            ProcessInfo.processInfo.environment.filter { $0.key == "LEDGER_MUTANT" }
        ) { $1 }
    }

    /// What a command line says, with what differs from run to run replaced.
    func run(_ line: String) async throws -> [String] {
        let spoken = try await Spoken.run(
            ["/bin/sh", "-c", "exec 2>&1; \(line)"], in: sandbox.folder, variables: variables)
        var lines = plain(spoken.output).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        if lines.last == "" { lines.removeLast() }
        if spoken.code != 0 { lines.append("[exit \(spoken.code)]") }
        return lines
    }

    /// A text with what differs from run to run replaced.
    func plain(_ text: String) -> String {
        var text = text.replacing(sandbox.folder.path, with: "FOLDER")
        text = text.replacing(#/20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z/#) { match in
            // Times that the story itself sets stay.
            match.0.hasPrefix("2026-11-02") ? String(match.0) : "TIME"
        }
        text = text.replacing(
            #/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/#, with: "ID")
        text = text.replacing(
            #/\b(Plan|root|"plan":"|"leaf":"|"root":"|"digest":"|"bundle":"|"state":"|plan|bundle)( *)[0-9a-f]{16,64}\b/#
        ) {
            "\($0.1)\($0.2)HASH"
        }
        text = text.replacing(#/\b\d+ (?:s|min|h) ago\b/#, with: "TIME")
        text = text.replacing(#/in \d+ ms/#, with: "in N ms")
        text = text.replacing(#/"milliseconds":\d+/#, with: "\"milliseconds\":N")
        text = text.replacing(#/milliseconds +\d+/#, with: "milliseconds  N")
        text = text.replacing(#/\S+@\S+ process \d+ \(\S+\)/#, with: "HOLDER")
        text = text.replacing(#/contents [0-9a-f]{40,}/#, with: "contents HASH")
        return proofs(text)
    }

    /// The same for keys, hashes and signatures of proofs.
    private func proofs(_ text: String) -> String {
        var text = text.replacing(sandbox.folder.lastPathComponent, with: "NAME")
        text = text.replacing(#/\+[0-9a-f]{8}\+[A-Za-z0-9+\/]{43,}=*/#, with: "+KEY")
        text = text.replacing(#/\b(NAME|shop\.example/ledger|ours|theirs)\+[0-9a-f]{8}\b/#) {
            "\($0.1)+HASH"
        }
        text = text.replacing(#/^[A-Za-z0-9+\/]{43}=$/#.anchorsMatchLineEndings(), with: "BASE64")
        text = text.replacing(
            #/^(— \S+|extra) [A-Za-z0-9+\/]{43,}={0,2}$/#.anchorsMatchLineEndings()
        ) { "\($0.1) BASE64" }
        text = text.replacing(#/"(recorded|time)":\d{16}/#) { "\"\($0.1)\":TIME" }
        text = text.replacing(#/"(payload|salted_payload|salt)":"[0-9a-f]{32,64}"/#) {
            "\"\($0.1)\":HASH"
        }
        text = text.replacing(
            #/^payload: [0-9a-f]{64}$/#.anchorsMatchLineEndings(), with: "payload: HASH")
        return text
    }
}
