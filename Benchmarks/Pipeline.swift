import Foundation
import Ledger

/// Deliveries taken over in bulk, beside a script that parses, hashes and stores the same bodies;
/// and the rules held against many files, beside reading and hashing these.
struct PipelineSides {
    let folder: String
    let program: String

    /// Seconds for a file of pushes, one a line: by a script, and by `ledger import github`.
    func imports(_ count: Int, round: Int) throws -> (script: Double, ours: Double) {
        let path = "\(folder)/deliveries.jsonl"
        if !FileManager.default.fileExists(atPath: path) {
            var file = try Lines(path)
            for number in 0..<count { try file.add(Self.push(number) + "\n") }
            try file.close()
        }
        let script = "\(folder)/store.py"
        try Self.store.write(toFile: script, atomically: true, encoding: .utf8)
        let theirs = try Whole.once(["python3", script, path, "\(folder)/bodies-\(round).db"])
        let ledger = "\(folder)/deliveries-\(round).db"
        try Whole.once([program, "init", "--db", ledger, "--playbook", "\(folder)/none.yaml"])
        let ours = try Whole.once([
            program, "import", "github", path, "--header", "X-GitHub-Event: push", "--db", ledger,
        ])
        return (theirs, ours)
    }

    /// Seconds for 1,000 files: 167 projects, six each, as `ledger init --pipeline` makes them.
    func checks() throws -> (hashing: Double, ours: Double) {
        let tree = "\(folder)/projects"
        if !FileManager.default.fileExists(atPath: tree) {
            try Whole.once([
                "sh", "-c",
                """
                mkdir -p \(tree)/1 && cd \(tree)/1 && git init --quiet . &&
                \(program) init --pipeline --image registry.example.org/shop/web > /dev/null &&
                rm -rf .ledger .git && cd .. && for i in $(seq 2 167); do cp -r 1 $i; done
                """,
            ])
        }
        let hashing = try Whole.once([
            "sh", "-c", "find \(tree) -type f -print0 | xargs -0 sha256sum > \(folder)/hashes",
        ])
        let ours = try Whole.once([
            "sh", "-c", "cd \(folder) && \(program) check projects > checked || [ $? = 1 ]",
        ])
        return (hashing, ours)
    }

    /// A push of one commit, as long as GitHub makes them without the addresses of its API.
    private static func push(_ number: Int) -> String {
        let commit = String(format: "%040x", number + 1)
        let before = String(format: "%040x", number)
        let person =
            #"{"name":"Alice Example","email":"alice@example.org","username":"alice","date":"2026-01-01T00:00:00Z"}"#
        let one =
            #"{"id":"\#(commit)","tree_id":"\#(before)","distinct":true,"message":"web: a change, number \#(number)","timestamp":"2026-01-01T00:00:00Z","url":"https://git.example.org/shop/web/commit/\#(commit)","author":\#(person),"committer":\#(person),"added":[],"removed":[],"modified":["src/app.py","tests/test_app.py"]}"#
        let user =
            #"{"login":"alice","id":7,"node_id":"MDQ6VXNlcjc=","type":"User","site_admin":false,"html_url":"https://git.example.org/alice"}"#
        let repository =
            #"{"id":1,"node_id":"MDEwOlJlcG8x","name":"web","full_name":"shop/web","private":true,"owner":\#(user),"html_url":"https://git.example.org/shop/web","description":"The shop's front","fork":false,"created_at":1700000000,"updated_at":"2026-01-01T00:00:00Z","pushed_at":1700000000,"size":1234,"stargazers_count":0,"language":"Python","default_branch":"main","visibility":"private"}"#
        return
            #"{"ref":"refs/heads/main","before":"\#(before)","after":"\#(commit)","created":false,"deleted":false,"forced":false,"base_ref":null,"compare":"https://git.example.org/shop/web/compare/\#(before)...\#(commit)","commits":[\#(one)],"head_commit":\#(one),"repository":\#(repository),"pusher":{"name":"alice","email":"alice@example.org"},"sender":\#(user)}"#
    }

    /// The least that somebody would write who wants to keep deliveries.
    private static let store = """
        import hashlib, json, sqlite3, sys
        db = sqlite3.connect(sys.argv[2])
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE delivery (hash TEXT PRIMARY KEY, revision TEXT, ref TEXT, body BLOB)")
        with db, open(sys.argv[1], "rb") as file:
            for line in file:
                body = json.loads(line)
                db.execute("INSERT OR IGNORE INTO delivery VALUES (?, ?, ?, ?)",
                           (hashlib.sha256(line).hexdigest(), body["after"], body["ref"], line))
        """
}
