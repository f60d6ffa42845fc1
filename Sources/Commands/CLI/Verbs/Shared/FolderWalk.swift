internal import Glibc
internal import LedgerText

/// Everything below a folder, in the order of the names. Links are not followed.
struct FolderWalk {
    let root: String

    /// What the walk meets.
    enum Step {
        /// A file (or a link, a pipe, a device), and its size in bytes.
        case file(Int)
        /// Something that was not looked into, and why.
        case problem(String)
    }

    /// Calls `body` with the path of each step, below the folder. Folders with these names are
    /// skipped.
    func each(without skipped: Set<String> = [], _ body: (String, Step) -> Void) {
        var open = [""]
        while let folder = open.popLast() {
            guard let names = names(in: folder.isEmpty ? root : "\(root)/\(folder)") else {
                body(
                    folder.isEmpty ? "." : folder,
                    .problem("the folder cannot be read: \(String(cString: strerror(errno)))"))
                continue
            }
            var folders: [String] = []
            for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                guard let text = String(validating: name, as: UTF8.self) else {
                    let shown = String(decoding: name, as: UTF8.self)
                    body(
                        folder.isEmpty ? shown : "\(folder)/\(shown)",
                        .problem("its name is not UTF-8"))
                    continue
                }
                let path = folder.isEmpty ? text : "\(folder)/\(text)"
                var status = stat()
                guard lstat("\(root)/\(path)", &status) == 0 else {
                    body(path, .problem("it cannot be read: \(String(cString: strerror(errno)))"))
                    continue
                }
                if status.st_mode & S_IFMT != S_IFDIR {
                    body(path, .file(Int(status.st_size)))
                } else if !skipped.contains(text) {
                    folders.append(path)
                }
            }
            open += folders.reversed()
        }
    }

    /// The names in a folder, as bytes; `nil`, with `errno`, if it cannot be read.
    private func names(in folder: String) -> [[UInt8]]? {
        guard let stream = opendir(folder) else { return nil }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
            errno = 0
        }
        return errno == 0 ? names : nil
    }
}
