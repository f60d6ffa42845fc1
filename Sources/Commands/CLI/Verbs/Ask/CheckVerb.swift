internal import ArgumentParser
internal import CommandEngine
internal import CommandFiles
internal import CommandGuard
internal import CommandImporters
internal import CommandPorts
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerText

/// `ledger check`
struct CheckVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Lint project files",
        discussion: """
            Reads Dockerfiles, .dockerignore, compose files, workflows and .env files. It runs \
            nothing. Exit code: 0 if no finding reaches the severity of --fail-on, 2 if one does.

            Examples:
              ledger check
              ledger check services/web --format github
              ledger check --explain root-user
              ledger check --record --revision "$(git rev-parse HEAD)"
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, sarif, github }
    enum FailOn: String, ExpressibleByArgument, CaseIterable { case note, warning, error, never }

    @Argument(help: "Folders or files. Default: this folder.")
    var paths: [String] = ["."]

    @Option(help: "The output format of the findings.")
    var format: Format = .text

    @Option(help: "The lowest severity that makes the exit code 2.")
    var failOn: FailOn = .error

    @Option(help: "Skip the known findings in this file, which --write-baseline wrote.")
    var baseline: String?

    @Option(help: "Write the findings to this file, as the baseline of later checks.")
    var writeBaseline: String?

    @Option(help: ArgumentHelp("Explain a rule.", valueName: "rule"))
    var explain: String?

    @Flag(help: "Record the verdict and the waivers that applied.")
    var record = false

    @Option(help: "The revision of the files. Default: git's HEAD, if no file is modified.")
    var revision: String?

    @Option(help: "The service that the verdict is about.", completion: .live(.services))
    var service: String?

    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        if let explain { return try Self.explanation(of: explain) }
        let (report, hashes) = try judged(at: wiring.now)
        var fresh = report
        var known = 0
        if let baseline {
            let before = try Self.lines(of: baseline)
            fresh.findings.removeAll { before.contains(Self.fingerprint($0)) }
            known = report.findings.count - fresh.findings.count
        }
        if let writeBaseline {
            let lines = report.findings.map(Self.fingerprint).sorted()
            let text = lines.map { $0 + "\n" }.joined()
            guard FileManager.default.createFile(atPath: writeBaseline, contents: Data(text.utf8))
            else {
                throw Refusal(
                    .invalid, "\(writeBaseline) cannot be written",
                    hint: "check that its folder exists and that you may write to it")
            }
        }
        let worst = fresh.findings.map(\.severity).max()
        let limit = GuardRule.Severity(rawValue: failOn.rawValue)
        let fails = limit.map { limit in worst.map { $0 >= limit } ?? false } ?? false
        var entry: Int?
        if record { entry = try await write(fresh, hashes, fails: fails, wiring) }
        return Answer(
            blocks(fresh, known: known, entry: entry),
            json: format == .sarif ? GuardText.sarif(fresh) : GuardText.json(fresh),
            exit: fails ? .changes : .done, outcome: fails ? "findings" : "done")
    }

    // MARK: Judging

    private func judged(at now: Timestamp) throws -> (GuardReport, [GuardVerdict.CheckedFile]) {
        var all = GuardReport()
        var hashes: [GuardVerdict.CheckedFile] = []
        for path in paths {
            var isFolder = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw Refusal(
                    .invalid, "\(path) does not exist", hint: "name existing folders or files")
            }
            let url = URL(filePath: path).standardizedFileURL
            let root = isFolder ? url : url.deletingLastPathComponent()
            let tree = SourceReader(root: root).tree()
            let only = isFolder ? nil : Set([url.lastPathComponent])
            if let name = only?.first, SourceTree.role(of: name) == nil {
                throw Refusal(
                    .invalid, "no rule applies to \(path)",
                    hint:
                        "rules read Dockerfiles, .dockerignore, compose files, workflows and .env files"
                )
            }
            let report = Guard(tree, today: now).judge(only: only)
            let here = SourceReader.prefix(of: root)
            all.files += report.files
            all.findings += report.findings.map { $0.moved(to: here) }
            all.waived += report.waived.map { ($0.finding.moved(to: here), $0.waiver) }
            hashes += tree.texts.filter { only?.contains($0.key) ?? true }.map { path, text in
                GuardVerdict.CheckedFile(path: here + path, hash: ContentHash(of: Array(text.utf8)))
            }
            // The verdict also covers unreadable files: their hash covers the reason.
            hashes += tree.problems.filter { only?.contains($0.key) ?? true }.map { path, why in
                GuardVerdict.CheckedFile(path: here + path, hash: ContentHash(of: Array(why.utf8)))
            }
        }
        return (all, hashes.sorted { $0.path < $1.path })
    }

    private func blocks(_ report: GuardReport, known: Int, entry: Int?) -> [Answer.Block] {
        switch format {
        case .json: return [.line(Canonical.text(GuardText.json(report)))]
        case .sarif: return [.line(Canonical.text(GuardText.sarif(report)))]
        case .github: return GuardText.github(report.findings).map { .line($0) }
        case .text: break
        }
        func count(_ number: Int, _ word: String) -> String {
            "\(number) \(word)" + (number == 1 ? "" : "s")
        }
        var words = [count(report.files, "file")]
        for severity in GuardRule.Severity.allCases.reversed() {
            let number = report.findings.count { $0.severity == severity }
            if number > 0 { words.append(count(number, severity.rawValue)) }
        }
        if report.findings.isEmpty { words.append("nothing found") }
        if !report.waived.isEmpty { words.append("\(report.waived.count) waived") }
        if known > 0 { words.append("\(known) in the baseline") }
        var blocks = GuardText.lines(report.findings).map(Answer.Block.line)
        blocks.append(.line(words.joined(separator: ", ")))
        if let entry { blocks.append(.line("entry \(entry)")) }
        if let rule = report.findings.first?.rule {
            blocks.append(.hint("Why", command: "ledger check --explain \(rule.rawValue)"))
        }
        return blocks
    }

    private static func explanation(of id: String) throws -> Answer {
        guard let rule = GuardRule(rawValue: id) else {
            let all = GuardRule.allCases.map(\.rawValue)
            throw Refusal(
                .unknownName, "unknown rule \"\(id)\"",
                hint: nearest(to: id, among: all).map { "did you mean \($0)?" }
                    ?? "known rules: \(all.joined(separator: ", "))")
        }
        return Answer(
            [
                .line("\(rule.rawValue) (\(rule.severity.rawValue)): \(rule.title)"),
                .line(rule.reason), .line("Fix: \(rule.fix)"),
                .line(
                    "To waive it, write on the line before: # ledger:waive \(rule.rawValue) "
                        + "reason=\"…\" owner=NAME until=YYYY-MM-DD"),
            ],
            json: .object([
                "rule": .string(rule.rawValue), "severity": .string(rule.severity.rawValue),
                "title": .string(rule.title), "reason": .string(rule.reason),
                "fix": .string(rule.fix),
            ]))
    }

    // MARK: Baseline

    /// Identifies a finding even after its line number changed.
    private static func fingerprint(_ finding: GuardFinding) -> String {
        "\(finding.rule.rawValue)\t\(finding.path)\t\(finding.message)"
    }

    private static func lines(of path: String) throws -> Set<String> {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Refusal(
                .invalid, "\(path) cannot be read",
                hint: Hint("create a baseline", run: "ledger check --write-baseline \(shell: path)")
            )
        }
        return Set(String(decoding: data, as: UTF8.self).parts(separator: "\n").map(String.init))
    }

    // MARK: Recording

    /// The revision of all the files. Throws `Refusal` if it cannot be determined.
    private func revision() async throws -> Revision {
        if let revision { return try Revision(revision) }
        var found: Set<String?> = []
        for path in paths {
            let url = URL(filePath: path).standardizedFileURL
            let folder = url.hasDirectoryPath ? url : url.deletingLastPathComponent()
            found.insert(await committedRevision(of: folder.path))
        }
        guard found.count == 1, let only = found.first, let only else {
            throw Refusal(
                .invalid, "the revision of these files cannot be determined",
                cause: "they are not in one git repository, or it has uncommitted changes",
                hint: "commit the changes, or name the revision: --revision REVISION")
        }
        return try Revision(only)
    }

    private func write(
        _ report: GuardReport, _ files: [GuardVerdict.CheckedFile], fails: Bool,
        _ wiring: Wiring
    ) async throws -> Int {
        let revision = try await revision()
        let service = try service.map { try ServiceName($0) }
        let verdict = Event.guardChecked(
            GuardVerdict(
                revision: revision, outcome: fails ? .failed : .succeeded, service: service,
                rules: GuardRule.version, findings: report.findings.count,
                waived: report.waived.count, files: files))
        let waivers = report.waived.map { finding, waiver in
            Event.guardWaived(
                GuardWaiver(
                    rule: finding.rule.rawValue, reason: waiver.reason, owner: waiver.owner,
                    until: Timestamp("\(waiver.until)T23:59:59Z"), revision: revision,
                    service: service))
        }
        let job = PipelineJob(variables: wiring.variables)
        let facts = (waivers + [verdict]).map { event in
            Fact(
                event,
                source: EventKind(rawValue: event.kind).flatMap {
                    job?.source(of: $0, event.fields.object ?? [:])
                })
        }
        return try await wiring.recording { recorder in
            let entries = try await recorder.record(facts)
            return entries.last?.sequence ?? 0
        }
    }
}

extension GuardFinding {
    fileprivate func moved(to folder: String) -> GuardFinding {
        var finding = self
        finding.path = folder + path
        return finding
    }
}
