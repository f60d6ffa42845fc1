import ArgumentParser
import Foundation
import Support
import Testing

@testable import LedgerTool

/// Every command of the documentation exists, with every option that it shows.
struct DocumentedCommandTests {
    /// The lines of code blocks that begin with `ledger`, as words.
    private static func commands() throws -> [(page: String, words: [String])] {
        let docs = Shared.repository.appending(path: "docs")
        let pages = try FileManager.default.contentsOfDirectory(atPath: docs.path).filter {
            $0.hasSuffix(".md")
        }.sorted().map { docs.appending(path: $0) }
        var found: [(String, [String])] = []
        for page in pages + [Shared.repository.appending(path: "README.md")] {
            var isCode = false
            for line in try String(contentsOf: page, encoding: .utf8).split(separator: "\n") {
                if line.hasPrefix("```") { isCode.toggle() }
                let line = line.hasPrefix("$ ") ? line.dropFirst(2) : line
                guard isCode, line.hasPrefix("ledger "), !line.hasPrefix("ledger (") else {
                    continue
                }
                // Comments, pipes and further commands are not arguments.
                let own = line.prefix { !"#|;>&".contains($0) }
                found.append((page.lastPathComponent, own.split(separator: " ").map(String.init)))
            }
        }
        return found
    }

    @Test func theyExistWithTheirOptions() throws {
        let commands = try Self.commands()
        #expect(commands.count > 100)
        for (page, words) in commands {
            let arguments = Usage.verbFirst(Array(words.dropFirst()))
            let (verb, depth) = FlagVariables.verb(of: arguments)
            #expect(depth > 0, "\(page): \(words.joined(separator: " "))")
            if FlagVariables.takesAnyFlag(verb) { continue }
            let options = FlagVariables.options(of: verb)
            for word in arguments.dropFirst(depth) where word.hasPrefix("--") {
                let name = word.dropFirst(2).prefix { $0.isLetter || $0 == "-" }
                #expect(
                    options[String(name)] != nil, "\(page): \(words.joined(separator: " "))")
            }
        }
    }
}
