import Commands
import Foundation
import Support
import Testing

/// The examples of the documentation are what happens: each ```` ```console ```` block is run, on a
/// terminal of 96 columns, in a folder of its own for each page. `LEDGER_UPDATE=1` writes down what
/// happens now.
///
/// A comment `<!-- given: … -->` before the first block prepares the folder.
struct DocumentTests {
    private static let folder = Shared.repository.appending(path: "docs")
    static let pages =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".md") }.sorted()

    private static let fence = "```"

    /// Pages about this project itself, which have no session to show.
    private static let withoutSession: Set<String> = [
        "reliability.md", "security.md",
        // Its port and its codes are others each time: DoorTests does what it says.
        "team.md",
    ]

    @Test(arguments: pages)
    func theExamplesOfAPageAreWhatHappens(page: String) async throws {
        let file = Self.folder.appending(path: page)
        let text = try String(contentsOf: file, encoding: .utf8)
        let place = try Place(try Sandbox())
        _ = try await place.run("mkdir shop")
        var now: [String] = []
        var block: [String]?
        var count = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("<!-- given: ") {
                let command = line.dropFirst("<!-- given: ".count).dropLast(" -->".count)
                let said = try await place.run("cd shop; { \(command); } > /dev/null 2>&1")
                #expect(said.isEmpty, "\(page): given")
            }
            if let lines = block, line == Self.fence {
                now += try await session(lines, place)
                count += 1
                block = nil
            }
            if block != nil { block?.append(line) } else { now.append(line) }
            if line == Self.fence + "console" { block = [] }
        }
        #expect(block == nil, "\(page) has an open block")
        #expect(count > 0 || Self.withoutSession.contains(page), "\(page) shows no session")
        let happened = now.joined(separator: "\n")
        if Self.alike(happened, place) == Self.alike(text, place) { return }
        if ProcessInfo.processInfo.environment["LEDGER_UPDATE"] == "1" {
            return try Data(happened.utf8).write(to: file)
        }
        let pairs = zip(
            Self.alike(text, place).split(separator: "\n", omittingEmptySubsequences: false),
            Self.alike(happened, place).split(separator: "\n", omittingEmptySubsequences: false))
        let first = pairs.first { $0 != $1 }
        Issue.record("\(page): it says “\(first?.0 ?? "…")”, and happened “\(first?.1 ?? "…")”")
    }

    /// A text without what differs from run to run and from machine to machine.
    private static func alike(_ text: String, _ place: Place) -> String {
        place.plain(text).replacing(#/\d{4}-\d\d-\d\d \d\d:\d\d UTC/#, with: "TIME")
            .replacing(#/\bshop\+[0-9a-f]{8}/#, with: "KEY")
            .replacing(#/[0-9a-f]{64}/#, with: "HASH")
            .replacing(#/"salt":"[0-9a-f]{32}"/#, with: "\"salt\":\"SALT\"")
            .replacing(#/\d+ [KM]iB/#, with: "N MiB").replacing(#/SQLite [0-9.]+/#, with: "SQLite")
            .replacing(#/:\d{16}/#, with: ":TIME").replacing(#/ {2,}/#, with: "  ")
    }

    @Test func thePictureOfTheReadmeIsOfARealSession() async throws {
        let place = try Place(try Sandbox())
        let script = Shared.repository.appending(path: "scripts/terminal").path
        let said = try await Spoken.run([script, "--check"], variables: place.variables)
        #expect(said.code == 0, "\(said.error)")
    }

    /// Whole playbooks in the documentation can be read.
    @Test(arguments: pages)
    func thePlaybooksOfAPageCanBeRead(page: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: page), encoding: .utf8)
        for part in text.components(separatedBy: Self.fence + "yaml\n").dropFirst() {
            let yaml = part.components(separatedBy: "\n" + Self.fence)[0]
            guard ["ledger:", "environments:", "services:"].contains(where: yaml.hasPrefix) else {
                continue
            }
            #expect(throws: Never.self, "\(page)") { try Playbook(yaml: yaml + "\n") }
        }
    }

    /// A block with what its commands say now.
    private func session(_ lines: [String], _ place: Place) async throws -> [String] {
        var now: [String] = []
        for line in lines where line.hasPrefix("$ ") {
            now.append(line)
            try place.sandbox.write(
                ".typed", "stty cols 96 rows 50; cd shop; \(line.dropFirst(2))\n")
            let spoken = try await Spoken.run(
                [
                    "/bin/sh", "-c",
                    "NO_COLOR=1 TERM=dumb PAGER=cat script -qec 'sh ./.typed' /dev/null < /dev/null",
                ], in: place.sandbox.folder, variables: place.variables)
            // Without progress that was erased (EL), and without the colours of other programs.
            let output = spoken.output.replacing("\r\n", with: "\n")
                .replacing(#/[^\n]*\x1B\[K/#, with: "").replacing(#/\x1B\[[0-9;]*m/#, with: "")
                .replacing(place.sandbox.folder.path, with: "/srv")
            var said = output.split(separator: "\n", omittingEmptySubsequences: false).map {
                String($0).replacing(#/ +$/#, with: "")
            }
            if said.last == "" { said.removeLast() }
            now += said
        }
        return now
    }
}
