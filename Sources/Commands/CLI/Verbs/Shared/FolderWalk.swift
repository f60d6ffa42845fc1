internal import FoundationEssentials
internal import Glibc
internal import LedgerText

/// Everything below a folder, in the order of the names. Links are not followed.
struct FolderWalk {
    let root: String

    /// Calls `body` with the path of each file below the folder, and its size in bytes. Folders
    /// with these names are skipped.
    func files(without skipped: Set<String> = [], _ body: (String, Int) -> Void) {
        var open = [""]
        while let folder = open.popLast() {
            let names = try? FileManager.default.contentsOfDirectory(atPath: root + "/" + folder)
            var folders: [String] = []
            for name in (names ?? []).sorted() {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                var status = stat()
                guard lstat("\(root)/\(path)", &status) == 0 else { continue }
                if status.st_mode & S_IFMT != S_IFDIR {
                    body(path, Int(status.st_size))
                } else if !skipped.contains(name) {
                    folders.append(path)
                }
            }
            open += folders.reversed()
        }
    }
}
