public import Commands
public import Ledger
public import Projections

/// What a script that runs without `ledger` wrote down of what it did.
public struct Journal: Sendable {
    /// A journal that cannot be read.
    public struct Problem: Error, Sendable {
        public let line: Int
        public let why: String
    }
    /// The environment that it is about.
    public let environment: EnvironmentName
    /// When it was last written to.
    public var end: Timestamp? { lines.last?.time }
    /// Whether the script came to an end; one that was killed may be run again, and read again.
    public let hasEnded: Bool
    private let id: String
    private let by: String
    private let moves: [RunFinished]
    private let lines: [(number: Int, value: JSONValue, time: Timestamp)]

    /// Reads it; throws `Problem`. A last line that was cut off is left out.
    public init(_ text: String) throws {
        let all = text.split(separator: "\n", omittingEmptySubsequences: false)
        var lines: [(number: Int, value: JSONValue, time: Timestamp)] = []
        for (index, line) in all.enumerated() where !line.isEmpty {
            guard let value = try? JSONValue(parsing: String(line)) else {
                if index == all.count - 1 { break }
                throw Problem(line: index + 1, why: "it is not JSON")
            }
            guard let time = value["time"]?.string.flatMap({ Timestamp($0) }) else {
                throw Problem(line: index + 1, why: "it has no time")
            }
            lines.append((index + 1, value, time))
        }
        guard let head = lines.first?.value, head["journal"]?.integer == 1,
            let id = head["id"]?.string,
            let name = head["environment"]?.string.flatMap(EnvironmentName.init(rawValue:))
        else { throw Problem(line: 1, why: "it is not the journal of a script of ledger's") }
        self.id = id
        self.lines = lines
        environment = name
        by = head["by"]?.string ?? "somebody"
        hasEnded = lines.last?.value["ended"] != nil
        moves = try (head["moves"]?.array ?? []).map { move in
            guard var members = move.object else { throw Problem(line: 1, why: "a bad move") }
            members["environment"] = .string(name.rawValue)
            do {
                return try JSONValue.object(members).decoded()
            } catch { throw Problem(line: 1, why: "a move is not readable: \(error)") }
        }
    }

    /// The facts in it, in the order in which the ledger has to learn them: how it ended, then what
    /// was seen. `view` is what the ledger has of the environment: what the script came away from
    /// is fenced, as after every revert.
    public func facts(_ view: EnvironmentView) -> [Fact] {
        var steps: [Fact] = []
        var ends: [Fact] = []
        var sights: [Fact] = []
        for (number, value, time) in lines {
            func fact(_ event: Event, _ part: String = "") -> Fact {
                Fact(
                    event, time: time,
                    source: Source(name: "journal", id: "\(id)/\(number)\(part)"),
                    by: Author(name: by))
            }
            if let step = step(value) { steps.append(fact(.stepFinished(step))) }
            if let seen = sight(value) { sights.append(fact(.hostObserved(seen))) }
            for move in moves {
                guard let ended = value["ended"]?.string else { continue }
                let part = "/\(move.service)"
                if ended == "failed" {
                    ends.append(fact(.revertFailed(failure(of: move, value)), part))
                    continue
                }
                ends.append(fact(.reverted(move), part))
                if let fence = fence(move, view) {
                    ends.append(fact(.fenceRaised(fence), part + "/fence"))
                }
            }
        }
        return steps + ends + sights
    }

    private func failure(of move: RunFinished, _ value: JSONValue) -> RunFailed {
        RunFailed(
            environment: environment, reason: value["reason"]?.string ?? "", service: move.service,
            tag: move.tag, digest: move.digest, revision: move.revision)
    }

    private func fence(_ move: RunFinished, _ view: EnvironmentView) -> Fence? {
        let target = Release(
            service: move.service, tag: move.tag, digest: move.digest, revision: move.revision)
        guard let from = view[move.service]?.release, !from.runsTheSame(as: target),
            view.fence(against: from) == nil
        else { return nil }
        return Fence(
            environment: environment, service: from.service, tag: from.tag, digest: from.digest,
            revision: from.revision,
            reason: "reverted to \(target.title) by a script, without ledger")
    }

    private func place(_ value: JSONValue) -> (RunFinished, HostName)? {
        guard let service = value["service"]?.string,
            let move = moves.first(where: { $0.service.rawValue == service }),
            let host = value["host"]?.string.flatMap(HostName.init(rawValue:))
        else { return nil }
        return (move, host)
    }

    private func step(_ value: JSONValue) -> StepFinished? {
        guard let number = value["step"]?.integer, let code = value["exitCode"]?.integer,
            let (move, host) = place(value)
        else { return nil }
        return StepFinished(
            environment: environment, service: move.service, host: host, step: number,
            name: value["name"]?.string ?? "", token: 0,
            outcome: code == 0 ? .succeeded : .failed, exitCode: code)
    }

    private func sight(_ value: JSONValue) -> HostObservation? {
        guard let text = value["observed"]?.string, let (move, host) = place(value) else {
            return nil
        }
        var seen = HostObservation(
            environment: environment, service: move.service, host: host, reachable: true)
        if value["matches"]?.bool == true {
            (seen.tag, seen.digest, seen.revision) = (move.tag, move.digest, move.revision)
            return seen
        }
        let words = text.split(separator: " ").map {
            $0.split(separator: "@").last.map(String.init) ?? ""
        }
        seen.digest = words.lazy.compactMap(ImageDigest.init(rawValue:)).first
        seen.reachable = seen.digest != nil
        seen.detail = text
        return seen
    }
}
