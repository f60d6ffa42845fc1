internal import Ledger
internal import LedgerText
internal import Projections

/// The text form of the commits between two releases.
enum CommitText {
    /// The added and removed commits, each kind under its heading.
    static func blocks(
        _ shipment: Shipment?, of services: [ServiceName], from: Release, to: Release,
        more: (come: Int, go: Int) = (0, 0), atMost: Int = Limits.shownCommits
    ) -> [Answer.Block] {
        let who = services.map(\.rawValue).joined(separator: ", ")
        guard let shipment else {
            let unknown = [from, to].first { $0.revision == nil }
            let start = "Commits of \(who): unknown; "
            if let unknown {
                return [
                    .next(
                        start + "no commit is recorded for \(unknown.title); to record it",
                        command: "ledger record image.tagged --service \(shell: unknown.service) "
                            + "--tag \(shell: unknown.title) --revision …")
                ]
            }
            return [
                .next(
                    start + "no history from \(from.title) to \(to.title) is recorded; record "
                        + "pushes, or",
                    command: "ledger import git")
            ]
        }
        if shipment.isEmpty { return [.line("Ships with \(who): no commit")] }
        return list("Ships with \(who)", shipment.comes, more.come, atMost)
            + list("Undone for \(who)", shipment.goes, more.go, atMost)
    }

    private static func list(
        _ heading: String, _ commits: [ShippedCommit], _ more: Int, _ atMost: Int
    ) -> [Answer.Block] {
        if commits.isEmpty { return [] }
        let count = commits.count + more + commits.compactMap(\.unnamed).reduce(0, +)
        let least = commits.contains { $0.unnamed == 0 } ? "at least " : ""
        let rows = commits.prefix(atMost).map { row($0).map { Cell($0) } }
        var blocks: [Answer.Block] = [
            .line("\(heading) (\(least)\(count) commit\(count == 1 ? "" : "s")):")
        ]
        blocks.append(.sheet(Answer.Grid(sheet: rows, wrapping: [1, 3, 4])))
        if count > rows.count {
            let unnamed = commits.prefix(atMost).compactMap(\.unnamed).reduce(0, +)
            let why = unnamed == 0 ? "" : ", \(unnamed) of them not listed in their pushes"
            blocks.append(.line("  … and \(count - rows.count) more\(why)"))
        }
        return blocks
    }

    private static func row(_ commit: ShippedCommit) -> [String] {
        let changes = (commit.changes ?? []).map { change in
            let by = change.author.map { " by \($0)" } ?? ""
            let approvers = change.approvers ?? []
            let review =
                approvers.isEmpty
                ? "no approval recorded" : "approved by \(approvers.joined(separator: ", "))"
            return "#\(change.number ?? 0)\(by), \(review)"
        }
        let title = commit.message ?? commit.changes?.last?.title ?? "(no message recorded)"
        return [
            commit.revision.short, title, commit.author ?? "", changes.joined(separator: "; "),
            checks(commit),
        ]
    }

    private static func checks(_ commit: ShippedCommit) -> String {
        guard let checks = commit.checks else { return "" }
        let bad = checks.filter { $0.value != .succeeded && $0.value != .skipped }
        if bad.isEmpty {
            return checks.count == 1 ? "1 check passed" : "\(checks.count) checks passed"
        }
        return bad.keys.sorted().map { "\($0) \(bad[$0]?.rawValue ?? "")" }.joined(separator: ", ")
    }

    /// The number of added and removed commits, as a word for a table: `+3`, `-2`, `-2 +1`,
    /// `unknown`.
    static func count(_ shipment: Shipment?) -> String {
        guard let shipment else { return "unknown" }
        func count(_ sign: String, _ commits: [ShippedCommit]) -> String? {
            if commits.isEmpty { return nil }
            let least = commits.contains { $0.unnamed == 0 } ? "at least " : ""
            return "\(least)\(sign)\(commits.count + commits.compactMap(\.unnamed).reduce(0, +))"
        }
        let parts = [count("-", shipment.goes), count("+", shipment.comes)]
        let text = parts.compactMap(\.self).joined(separator: " ")
        return text.isEmpty ? "0" : text
    }

    static func json(_ shipment: Shipment?) -> JSONValue {
        shipment.flatMap { try? JSONValue(encoding: $0) } ?? "unknown"
    }
}
