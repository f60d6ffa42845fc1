internal import ArgumentParser
internal import Ledger
internal import LedgerOperations
internal import Projections

/// `ledger history`
struct HistoryVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show every deploy and revert of an environment, however it ended",
        discussion: "Example: ledger history -e production --service web")
    @OptionGroup var environment: EnvironmentOption
    @Option(help: "Only this service.")
    var service: String?
    @Option(name: [.customShort("n"), .customLong("number")], help: "At most so many, the newest.")
    var count: Int?
    @Flag(name: [.customShort("p"), .customLong("patch")], help: "With the commits of each.")
    var patch = false
    @OptionGroup var at: AtOption
    @OptionGroup var shared: SharedOptions

    static let columns = [
        "deploy", "time", "kind", "service", "release", "by", "entry", "digest or revision",
        "ending", "commits", "approved by", "why",
    ]

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.asking { projector in
            let name = try await wiring.environment(environment.environment, projector)
            let sequence = try await wiring.sequence(at.at, in: name, projector)
            let named = try await wiring.service(service, in: name, projector)
            let all = try await History(projector).attempts(of: named, in: name, at: sequence)
            var blocks: [Answer.Block] = []
            var rows: [[String]] = []
            var items: [JSONValue] = []
            let first = max(0, all.count - (count ?? .max))
            for place in all.indices.reversed() where place >= first {
                let attempt = all[place]
                let from = Self.release(before: place, in: all)
                // The count needs only the ledger; the full list may also ask git.
                let isRead = patch || shared.output == .json || shared.output == .jsonl
                let shipment = try await projector.shipment(
                    from: from, to: attempt.release, at: sequence,
                    atHand: isRead ? wiring.commitsAtHand : nil, details: isRead)
                rows.append(Self.row(attempt, from, shipment, name))
                items.append(Self.json(attempt, from, shipment, name))
                guard patch, let from, let to = attempt.release else { continue }
                blocks.append(.line("\(Self.title(attempt, name)):"))
                blocks += CommitText.blocks(shipment, of: [to.service], from: from, to: to)
            }
            var answer = Answer.list(
                Self.columns, rows, json: .array(items),
                ifEmpty: "Nothing was deployed to \(name) yet.")
            answer.blocks += blocks
            return answer
        }
    }

    /// What the service ran before an attempt: the last that finished before it.
    private static func release(before place: Int, in all: [Attempt]) -> Release? {
        all[..<place].last { $0.ending == .finished && $0.service == all[place].service }?.release
    }

    private static func title(_ attempt: Attempt, _ name: EnvironmentName) -> String {
        attempt.number.map { "\(name)#\($0)" } ?? attempt.run.map { "run \($0)" } ?? ""
    }

    private static func row(
        _ attempt: Attempt, _ from: Release?, _ shipment: Shipment?, _ name: EnvironmentName
    ) -> [String] {
        let release = attempt.release
        let words = [attempt.reason, attempt.why].compactMap(\.self)
        return [
            title(attempt, name), attempt.time.description,
            attempt.isRevert ? "revert" : "deploy",
            attempt.service?.rawValue ?? "", release?.title ?? "", attempt.by,
            String(attempt.entry), release?.digest?.rawValue ?? release?.revision?.rawValue ?? "",
            attempt.ending.rawValue + (attempt.isLate ? ", late" : ""),
            from == nil ? "" : CommitText.count(shipment),
            (attempt.approvers
                + [attempt.bypassedBy.map { "\($0) (break-glass)" }].compactMap(\.self))
                .joined(separator: ", "), words.joined(separator: "; "),
        ]
    }

    private static func json(
        _ attempt: Attempt, _ from: Release?, _ shipment: Shipment?, _ name: EnvironmentName
    ) -> JSONValue {
        var members: [String: JSONValue] = [
            "entry": JSONValue(attempt.entry), "kind": attempt.isRevert ? "revert" : "deploy",
            "ending": .string(attempt.ending.rawValue),
            "time": .string(attempt.time.description), "by": .string(attempt.by),
            "approvers": .array(attempt.approvers.map { .string($0) }),
            "late": .bool(attempt.isLate),
        ]
        members["number"] = attempt.number.map { JSONValue($0) }
        members["run"] = attempt.run.map { JSONValue($0) }
        members["service"] = attempt.service.map { .string($0.rawValue) }
        members["release"] = attempt.release.map(StateText.json)
        members["from"] = from.map(StateText.json)
        members["bypassedBy"] = attempt.bypassedBy.map { .string($0) }
        members["reason"] = attempt.reason.map { .string($0) }
        members["why"] = attempt.why.map { .string($0) }
        if from != nil { members["commits"] = CommitText.json(shipment) }
        return .object(members)
    }
}
