internal import CommandPorts
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerText

/// The files of deliveries.
enum DeliveryFiles {
    private static let endings = [".json", ".jsonl", ".ndjson", ".http"]

    /// The files at a path: the file itself, or the delivery files in the folder.
    static func list(_ path: String) throws -> [String] {
        var isFolder = false
        if path == "-" { return [path] }
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Refusal(
                .invalid, "\(path) does not exist", hint: "name delivery files, a folder, or -")
        }
        if !isFolder { return [path] }
        var files: [String] = []
        var unread: (path: String, why: String)?
        FolderWalk(root: path).each { name, step in
            switch step {
            case .problem(let why): unread = unread ?? (name, why)
            case .file:
                if endings.contains(where: { name.ends(with: $0) }) { files.append(name) }
            }
        }
        if let unread {
            throw Refusal(
                .invalid, "\(path) cannot be read as a whole",
                cause: "\(unread.path): \(unread.why)",
                hint: "correct it, or name the files; nothing was imported")
        }
        files.sort()
        guard !files.isEmpty else {
            throw Refusal(
                .invalid, "\(path) contains no deliveries",
                cause: "a folder is searched for these files: \(endings.joined(separator: ", "))")
        }
        return files.map { "\(path.ends(with: "/") ? String(path.dropLast()) : path)/\($0)" }
    }

    static func read(_ path: String, _ what: String) throws -> Data {
        if path == "-" {
            do { return Data(try Input.toEnd(limit: Limits.inputBytes)) } catch {
                throw Refusal(.invalid, "\(error)", hint: "nothing was recorded")
            }
        }
        do { return try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) } catch {
            throw Refusal(
                .invalid, "\(path) cannot be read",
                hint: "check the path of \(what) and its permissions")
        }
    }
}
