internal import CommandFiles
internal import CommandGuard
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerText

/// Reads the files of a folder that the rules check.
struct SourceReader {
    let root: URL

    /// Folders that are skipped: they contain third-party files, or files that are not sources.
    private static let passedOver: Set<String> = [
        ".git", ".hg", ".svn", ".build", ".ledger", ".venv", "venv", "node_modules", ".tox",
        ".mypy_cache", ".ruff_cache", ".pytest_cache",
    ]

    /// The prefix that makes a folder's paths relative to the working directory.
    static func prefix(of root: URL) -> String {
        let here = URL(filePath: FileManager.default.currentDirectoryPath).path + "/"
        let path = root.path.ends(with: "/") ? root.path : root.path + "/"
        return path.begins(with: here) ? String(path.dropFirst(here.count)) : path
    }

    func tree() -> SourceTree {
        var tree = SourceTree(texts: [:])
        FolderWalk(root: root.path).each(without: Self.passedOver) { path, step in
            switch step {
            case .problem(let why): tree.problems[path] = why
            case .file(let size):
                tree.sizes[path] = size
                if SourceTree.role(of: path) != nil { read(path, into: &tree) }
            }
        }
        follow(&tree)
        var programs = SourceTree(texts: [:], sizes: tree.sizes)
        let byName = tree.pathsByName()
        for path in tree.texts.keys.sorted().flatMap({ tree.programs(of: $0, byName: byName) })
        where programs.texts[path] == nil {
            read(path, into: &programs)
        }
        tree.programs = programs.texts
        return tree
    }

    /// Reads the files that compose files reference, recursively.
    private func follow(_ tree: inout SourceTree) {
        var open = tree.texts.keys.filter { SourceTree.role(of: $0) == .compose }.sorted()
        while let path = open.popLast() {
            let (included, extended) = tree.references(of: path)
            for other in included + extended where tree.texts[other] == nil {
                read(other, into: &tree)
                if tree.texts[other] != nil { open.append(other) }
            }
            tree.included.formUnion(included.filter { tree.texts[$0] != nil })
        }
    }

    /// Reads a file, and follows links. The file must be regular, in the folder and not too large.
    private func read(_ path: String, into tree: inout SourceTree) {
        if tree.problems[path] != nil { return }
        let file = root.appending(path: path).resolvingSymlinksInPath()
        guard file.path.begins(with: root.resolvingSymlinksInPath().path + "/") else {
            tree.problems[path] = "it is a link to a file outside the folder"
            return
        }
        let bytes: [UInt8]
        do throws(RegularFile.Problem) {
            bytes = try RegularFile.bytes(of: file.path, limit: Limits.sourceBytes)
        } catch {
            // A dangling link is not an error: no tool reads it, and git stores such links.
            if error != .missing { tree.problems[path] = error.description }
            return
        }
        guard let text = Self.text(bytes) else {
            tree.problems[path] = "it is not UTF-8"
            return
        }
        tree.texts[path] = text
    }

    /// A text in UTF-8, or in UTF-16 with its byte order mark, as PowerShell writes it and pip
    /// reads it.
    private static func text(_ bytes: [UInt8]) -> String? {
        let mark = bytes.prefix(2)
        guard mark.elementsEqual([0xFF, 0xFE]) || mark.elementsEqual([0xFE, 0xFF]) else {
            return String(validating: bytes, as: UTF8.self)
        }
        return String(bytes: bytes, encoding: .utf16)
    }
}
