internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerHome

/// Where the files of a ledger are.
extension Wiring {
    /// The ledger's file: `--db`, `LEDGER_DB`, or `.ledger/ledger.db` in the nearest folder upward.
    func database() throws -> String {
        if let path = options.database { return Stores.file(at: path) }
        var folder = URL(filePath: FileManager.default.currentDirectoryPath)
        while true {
            let path = folder.appending(path: ".ledger/ledger.db").path
            // A file that cannot be accessed counts as found: opening it reports the error.
            if access(path, F_OK) == 0 || errno == EACCES { return path }
            let parent = folder.deletingLastPathComponent()
            if parent.path == folder.path { break }
            folder = parent
        }
        throw StoreProblem(
            .missing, "there is no ledger in this folder or above it",
            cause:
                "no .ledger/ledger.db was found upward of \(FileManager.default.currentDirectoryPath)",
            hint: "create one with `ledger init`, or name one with --db or LEDGER_DB")
    }

    /// The folder of the ledger's own files.
    func home() throws -> URL { URL(filePath: try database()).deletingLastPathComponent() }

    /// The playbook's file: `--playbook`, or `ledger.yaml` beside the ledger's folder.
    func playbookFile() throws -> URL {
        if let path = options.playbook { return URL(filePath: path) }
        let home = try home()
        let beside = home.lastPathComponent == ".ledger" ? home.deletingLastPathComponent() : home
        return beside.appending(path: "ledger.yaml")
    }
}
