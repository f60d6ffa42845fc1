internal import ArgumentParser
internal import Ledger
internal import LedgerOperations
internal import Projections

/// `ledger history`
struct HistoryVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: DeployHistory.documentation.summary,
        discussion: "Example: ledger history -e production --service web")
    @OptionGroup var environment: EnvironmentOption
    @Option(help: DeployHistory.help("service"))
    var service: String?
    @Option(
        name: [.customShort("n"), .customLong("number")], help: DeployHistory.help("limit"))
    var count: Int?
    @Flag(name: [.customShort("p"), .customLong("patch")], help: DeployHistory.help("commits"))
    var patch = false
    @OptionGroup var at: AtOption
    @OptionGroup var shared: SharedOptions

    static let columns = [
        "deploy", "time", "kind", "service", "release", "by", "entry", "digest or revision",
        "ending", "commits", "approved by", "why",
    ]

    func answer(_ wiring: Wiring) async throws -> Answer {
        let isRead = shared.output == .json || shared.output == .jsonl
        let history = DeployHistory(
            environment: environment.environment, service: service, limit: count, at: at.at,
            commits: patch || isRead)
        let found = try await wiring.asking { try await history.answer(at: $0) }
        var answer = Answer.list(
            Self.columns, found.attempts.map(Self.row), value: found.attempts,
            ifEmpty: "Nothing was deployed to \(found.environment) yet.")
        guard patch else { return answer }
        for attempt in found.attempts {
            guard let from = attempt.from, let to = attempt.release else { continue }
            answer.blocks.append(.line("\(Self.title(attempt)):"))
            answer.blocks += CommitText.blocks(
                attempt.commits, of: [to.service], from: from, to: to)
        }
        return answer
    }

    private static func title(_ attempt: AttemptAnswer) -> String {
        attempt.number.map { "\(attempt.environment)#\($0)" } ?? attempt.run.map { "run \($0)" }
            ?? ""
    }

    private static func row(_ attempt: AttemptAnswer) -> [String] {
        let release = attempt.release
        return [
            title(attempt), attempt.time.timestamp.description, attempt.kind,
            attempt.service?.rawValue ?? "", release?.title ?? "", attempt.by,
            String(attempt.entry), release?.digest?.rawValue ?? release?.revision?.rawValue ?? "",
            attempt.ending + (attempt.late ? ", late" : ""),
            attempt.from == nil ? "" : CommitText.count(attempt.commits),
            (attempt.approvers
                + [attempt.bypassedBy.map { "\($0) (break-glass)" }].compactMap(\.self))
                .joined(separator: ", "),
            [attempt.reason, attempt.why].compactMap(\.self).joined(separator: "; "),
        ]
    }
}
