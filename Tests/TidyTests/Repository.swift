import Foundation
import Support

/// The files of this repository, as the tests that lint it read them.
enum Repository {
    struct File: Sendable {
        let path: String, text: String

        var lines: [Substring] {
            text.split(separator: "\n", omittingEmptySubsequences: false)
        }

        var code: Code { Repository.code[path] ?? Code(text) }

        /// The folder that it is in: `Sources/Commands/Core/Plans`.
        var folder: String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }
    }

    static let files: [File] = {
        let root = Shared.repository
        let listed =
            (try? Spoken.blocking(["git", "-C", root.path, "ls-files", "-co", "--exclude-standard"])
                .output) ?? ""
        return listed.split(separator: "\n").compactMap { path in
            guard
                let text = try? String(
                    contentsOf: root.appending(path: String(path)), encoding: .utf8)
            else { return nil }
            return File(path: String(path), text: text)
        }
    }()
    static let swift = files.filter { $0.path.hasSuffix(".swift") }
    /// The code of each source file, by its path.
    static let code = Dictionary(
        uniqueKeysWithValues: sources.map { ($0.path, Code($0.text)) })
    static let sources = swift.filter { $0.path.hasPrefix("Sources/") }
}
