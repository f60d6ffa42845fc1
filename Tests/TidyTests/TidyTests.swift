import CommandEngine
import CommandPorts
import Commands
import Foundation
import Ledger
import Projections
import Support
import Testing

/// The repository lints itself.
struct TidyTests {
    static let files = Repository.files
    static let swift = Repository.swift
    static let sources = Repository.sources

    /// Time, chance and identity are handed in; the places that hand them in are named here.
    @Test func onlySurroundingsAskForTimeAndChance() {
        let allowed = ["Home/LiveSurroundings.swift", "Wiring/ValueKeyFile.swift"]
        for file in Self.sources where !allowed.contains(where: { file.path.hasSuffix($0) }) {
            for word in [
                "Date()", "UUID()", ".random(in", "SystemRandomNumberGenerator", "Date.now",
            ] {
                #expect(!file.text.contains(word), "\(file.path) says \(word)")
            }
        }
    }

    /// Swift's own operations on text see characters; every other program sees bytes: `'` and a
    /// combining mark are not `'` to them, and CR LF is not a line feed. Sources/Ledger/Text has
    /// the operations on bytes, for everything that is read from or written for another program.
    @Test func textIsTakenApartByItsBytes() {
        let words: [Regex<Substring>] = [
            #/\.has(?:Prefix|Suffix)\b/#, #/\.replacing\(/#, #/\.split\(separator: "/#,
            #/\.components\(/#, #/\\\.isNewline/#,
            #/\\\.isWhitespace/#, #/\.trimmingCharacters/#, #/\.(?:first|last)Index\(of: "/#,
            #/\.(?:firstRange|ranges)\(of: "/#,
        ]
        for file in Self.sources where !file.path.hasPrefix("Sources/Ledger/Text/") {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
            for (number, line) in lines.enumerated() {
                for word in words where line.firstMatch(of: word) != nil {
                    Issue.record("\(file.path):\(number + 1) takes characters for bytes: \(line)")
                }
            }
        }
    }

    @Test func eventsAreSwitchedOverWithoutDefault() throws {
        let file = try #require(
            Self.sources.first { $0.path.hasSuffix("Events/EventCoding.swift") })
        #expect(!file.text.contains("default:"))
    }

    @Test func nothingIsLeftLyingAbout() {
        // Spelt in two parts, so that this file does not find itself.
        let words = [
            "TO" + "DO", "FIX" + "ME", "XX" + "X", "fatal" + "Error(", "try" + "!", "as" + "! ",
            "not imple" + "mented", ".disa" + "bled(", "/wo" + "rk/",
        ]
        for file in Self.files where !file.path.hasPrefix("Tests/SQLiteTests/Golden") {
            for word in words {
                #expect(!file.text.contains(word), "\(file.path) says \(word)")
            }
        }
    }

    /// The mistakes of the best tools: each is named by its number where a test would meet it.
    @Test(arguments: 1...15)
    func everyMistakeHasItsTest(number: Int) throws {
        let digits = number < 10 ? "0\(number)" : "\(number)"
        // A test in Swift, or a chapter of a story.
        let name = "func mistake\(digits)_"
        let chapter = "\n# Mistake \(number) ("
        let tests = Self.files.filter { $0.path.hasPrefix("Tests/") }
        #expect(
            tests.contains {
                $0.text.contains($0.path.hasSuffix(".swift") ? name : chapter)
            })
    }

    @Test func schemaIsOneCopy() throws {
        let link = Shared.repository.appending(path: "Sources/Ledger/Stores/SQLite/schema.sql").path
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: link)
        #expect(target == "../../../../schema.sql")
    }

    @Test func thePipelineIsDocumentedAsItIsTried() throws {
        let page = try #require(Self.files.first { $0.path == "docs/pipeline.md" }?.text)
        for name in ["ci", "cd", "changes", "revert"] {
            let path = "Examples/Pipeline/.github/workflows/\(name).yml"
            let file = try #require(Self.files.first { $0.path == path }?.text)
            #expect(page.contains("```yaml\n\(file)```\n"), "\(path) stands otherwise in the page")
        }
    }

    @Test func everyLinkInTheDocumentsLeadsSomewhere() throws {
        for file in Self.files where file.path.hasSuffix(".md") {
            let folder = Shared.repository.appending(path: file.path).deletingLastPathComponent()
            for match in file.text.matches(of: #/\]\(([^)#\s]+)(?:#[^)]*)?\)/#) {
                let link = String(match.1)
                if link.contains("://") || link.hasPrefix("mailto:") { continue }
                let place = folder.appending(path: link).standardizedFileURL.path
                #expect(
                    FileManager.default.fileExists(atPath: place), "\(file.path) links to \(link)")
            }
        }
    }

    @Test func everyTestThatTheSecurityPageNamesIsThere() throws {
        let page = try #require(Self.files.first { $0.path == "docs/security.md" })
        let names = page.text.matches(of: #/`(\w+)`/#).map { String($0.1) }
            .filter { $0.count > 16 }
        #expect(names.count > 20)
        for name in names {
            #expect(
                Self.swift.contains {
                    $0.path.hasPrefix("Tests/") && $0.text.contains("func \(name)(")
                }, "\(name)")
        }
    }

    @Test func everyPublicThingIsDocumented() {
        for file in Self.sources {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).map(
                String.init)
            for (number, line) in lines.enumerated() {
                let code = line.drop { $0 == " " }
                guard
                    [
                        "public func ", "public struct ", "public enum ", "public actor ",
                        "public final class ",
                        "public protocol ", "public static func ", "public mutating func ",
                    ]
                    .contains(where: { code.hasPrefix($0) })
                else { continue }
                var above = number - 1
                while above >= 0, lines[above].drop(while: { $0 == " " }).hasPrefix("@") {
                    above -= 1
                }
                let documented = above >= 0 && lines[above].drop { $0 == " " }.hasPrefix("///")
                let witness = Self.witnesses.contains {
                    code.contains("func \($0)(") || code.contains("func \($0) (")
                }
                #expect(documented || witness, "\(file.path):\(number + 1) \(code)")
            }
        }
    }

    /// Functions whose meaning stands at the protocol they fulfil.
    static let witnesses = [
        "send", "login", "check", "sign",
        "append", "head", "position", "page", "entry", "entries", "sequence", "content",
        "rows", "history", "copied", "contentHashes", "checkpoint", "withNodes", "hash", "encode",
        "keys", "apply", "problem", "run", "look", "unpack", "answer",
        "<", "==",
        "withUnsafeBytes",
    ]
}
