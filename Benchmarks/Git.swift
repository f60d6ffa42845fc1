import Foundation
internal import Ledger

/// The git sides: a repository of as many commits as the ledger has entries, asked the same
/// questions; and the import of a repository beside `git log` of it.
struct GitSides {
    let folder: String
    let program: String

    /// Makes a repository from events, a commit each; `tags` of them get a tag.
    func make(_ name: String, _ events: [WorkEvent], tags: Int) throws -> String {
        let path = "\(folder)/\(name)"
        try Whole.once(["git", "init", "--quiet", "--initial-branch", "main", path])
        let stream = "\(folder)/\(name).stream"
        var file = try Lines(stream)
        for (index, event) in events.enumerated() {
            let subject = event.subject
            let message = """
                \(event.kind)

                \(event.payload)
                Service: \(subject.service?.rawValue ?? "")
                Tag: \(subject.tag?.rawValue ?? "")
                Digest: \(subject.digest?.rawValue ?? "")
                """
            let who =
                "\(event.by) <\(event.by)@example.org> \(event.time.microseconds / 1_000_000) +0000"
            try file.add("commit refs/heads/main\nauthor \(who)\ncommitter \(who)\n")
            try file.add("data \(message.utf8.count)\n\(message)\n")
            if tags > 0, index % max(1, events.count / tags) == 0 {
                try file.add("reset refs/tags/r-\(index)\nfrom refs/heads/main\n\n")
            }
        }
        try file.add("done\n")
        try file.close()
        try Whole.once(["sh", "-c", "git -C \(path) fast-import --quiet --done < \(stream)"])
        unlink(stream)
        try Whole.once(["git", "-C", path, "commit-graph", "write", "--reachable"])
        return path
    }

    /// `ledger import git` against `git log` of the same, written to a file.
    func imports(_ events: [WorkEvent], round: Int) throws -> (log: Double, ours: Double) {
        let path = "\(folder)/imported"
        if !FileManager.default.fileExists(atPath: path) {
            _ = try make("imported", events, tags: 260)
        }
        let log = try Whole.once([
            "sh", "-c", "git -C \(path) log --format='%H %P %ct %an %B' > \(folder)/log",
        ])
        let ledger = "\(folder)/import-\(round).db"
        try Whole.once([program, "init", "--db", ledger, "--playbook", "\(folder)/none.yaml"])
        let ours = try Whole.once([program, "import", "git", path, "--db", ledger])
        return (log, ours)
    }
}
