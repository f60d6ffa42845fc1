import Foundation
import Support
import Testing

/// Every story once more on a pseudo-terminal of 80 columns: no line is longer.
struct TerminalTests {
    /// The lines of a story that a person types at a terminal and whose answer is only ours. The
    /// others run as before, because later lines depend on them.
    private static func isTyped(_ line: String) -> Bool {
        let exact = [
            " -w", "--follow", "script", "export", "completion", "prove", "--body", "-o ",
            "--output", "json",
        ]
        return line.hasPrefix("ledger ") && !line.contains { "|;><&$(`\\".contains($0) }
            && !exact.contains { line.contains($0) }
    }

    /// Colours (SGR) and the erased foot of a live view.
    private static func plain(_ text: String) -> String {
        text.replacing(#/\x1B\[[0-9;]*m/#, with: "").replacing("\r\n", with: "\n")
            .replacing(#/\x1B\[\d*[AJK]/#, with: "")
    }

    /// Lines that a person copies are whole, also if one word of them is longer than the line.
    private static func isCommand(_ line: String) -> Bool {
        line.hasPrefix("  ") && line.contains("ledger ") || line.hasSuffix("\\")
    }

    /// Every second story with colours.
    @Test(arguments: StoryTests.names.enumerated().map { ($1, $0) })
    func everyLineFitsIn80Columns(name: String, number: Int) async throws {
        let colour = number.isMultiple(of: 2) ? "NO_COLOR=1" : "NO_COLOR= TERM=xterm"
        let story = try String(
            contentsOf: StoryTests.folder.appending(path: name), encoding: .utf8)
        let place = try Place(try Sandbox())
        for line in story.split(separator: "\n").map(String.init) where line.hasPrefix("$ ") {
            let typed = String(line.dropFirst(2))
            guard Self.isTyped(typed) else {
                _ = try await place.run(typed)
                continue
            }
            try place.sandbox.write("typed", "stty cols 80 rows 40; \(typed)\n")
            let said = try await Spoken.run(
                [
                    "/bin/sh", "-c",
                    "\(colour) PAGER=cat script -qec 'sh ./typed' /dev/null < /dev/null",
                ], in: place.sandbox.folder, variables: place.variables)
            let lines = Self.plain(said.output).split(separator: "\n").map(String.init)
            let long = lines.filter { $0.count > 80 && !Self.isCommand($0) && !$0.hasPrefix("{") }
            #expect(long.isEmpty, "\(typed)")
        }
    }
}
