public import CommandPorts
public import Ledger
internal import LedgerText
public import Projections

/// The journal of a script that ran without `ledger`.
public struct Journal: Sendable {
    /// The reason why a journal cannot be read.
    public struct Problem: Error, Sendable {
        public let line: Int
        public let why: String
    }
    /// The environment that the script changed.
    public let environment: EnvironmentName
    /// Whether the script finished; a killed script may run again, and its journal may be imported
    /// again.
    public let hasEnded: Bool
    private let id: String
    private let by: String
    private let moves: [RunFinished]
    private let lines: [(number: Int, value: JSONValue, time: Timestamp)]

    /// Reads a journal; throws `Problem`. An incomplete last line is ignored.
    public init(_ text: String) throws {
        let all = text.parts(separator: "\n", omittingEmptySubsequences: false)
        var lines: [(number: Int, value: JSONValue, time: Timestamp)] = []
        for (index, line) in all.enumerated() where !line.isEmpty {
            guard let value = try? JSONValue(parsing: String(line)) else {
                if index == all.count - 1 { break }
                throw Problem(line: index + 1, why: "not JSON")
            }
            guard let time = value["time"]?.string.flatMap({ Timestamp($0) }) else {
                throw Problem(line: index + 1, why: "the time is missing")
            }
            lines.append((index + 1, value, time))
        }
        guard let head = lines.first?.value, head["journal"]?.integer == 1,
            let id = head["id"]?.string,
            let name = head["environment"]?.string.flatMap(EnvironmentName.init(rawValue:))
        else { throw Problem(line: 1, why: "not the journal of a ledger script") }
        self.id = id
        self.lines = lines
        environment = name
        by = head["by"]?.string ?? "somebody"
        hasEnded = lines.last?.value["ended"] != nil
        moves = try (head["moves"]?.array ?? []).map { move in
            guard var members = move.object else { throw Problem(line: 1, why: "malformed move") }
            members["environment"] = .string(name.rawValue)
            // Only observations verify a move; a claim in the journal does not.
            members["verified"] = nil
            do {
                return try JSONValue.object(members).decoded()
            } catch { throw Problem(line: 1, why: "malformed move: \(error)") }
        }
    }

    /// The entry kinds that make an older journal of their environment unusable.
    public static let later = [
        EventKind.deployStarted, .revertStarted, .deployFinished, .revertFinished, .hostObserved,
    ]

    /// Throws `Refusal` if the ledger has a newer entry (`last`, the newest of these kinds). An old
    /// journal must not overwrite newer state.
    public func refuseLate(after last: Entry?) throws(Refusal) {
        // A script writes its times in whole seconds.
        guard let last, let end = lines.last?.time, last.time.seconds(since: end) >= 1 else {
            return
        }
        throw Refusal(
            .notPossible, "\(environment) has changed since this journal was written",
            cause: "it ends at \(end); entry \(last.sequence) (\(last.kind)) is from \(last.time)",
            hint: Hint(
                "check what runs now, and describe the script's changes", run: "ledger note \"…\""))
    }

    /// Throws `Refusal` if the journal and a stored bundle name different releases. `kept` returns
    /// the release and the environment of a stored bundle.
    public func refuseForeign(
        _ kept: (ContentHash) async throws -> (release: Release, environment: EnvironmentName)?
    ) async throws {
        for move in moves {
            guard let hash = move.bundle, let bundle = try await kept(hash),
                bundle.release.runsTheSame(as: Self.release(move)),
                bundle.environment == environment, bundle.release.service == move.service
            else {
                throw Refusal(
                    .invalid, "the journal does not belong to this ledger",
                    cause: "the named bundle is not of \(move.service) \(Self.release(move).title) "
                        + "in \(environment)",
                    hint: "import it into the ledger that exported the script")
            }
        }
    }

    /// The facts of the journal, in the order to record them: outcomes first, then observations.
    /// `view` is the environment's current view. The release that the script replaced is fenced, as
    /// after every revert.
    public func facts(_ view: EnvironmentView) -> [Fact] {
        var steps: [Fact] = []
        var ends: [Fact] = []
        var observations: [Fact] = []
        for (number, value, time) in lines {
            func fact(_ event: Event, _ part: String = "", at moment: Timestamp? = nil) -> Fact {
                // A script's times are whole seconds: each action was complete by the end of its
                // second.
                Fact(
                    event, time: Timestamp(microseconds: (moment ?? time).microseconds + 999_999),
                    source: Source(name: "journal", id: "\(id)/\(number)\(part)"),
                    by: .told(by))
            }
            if let said = approvals(value) {
                steps.append(fact(.noteAdded(Note(text: said, environment: environment))))
            }
            if let step = step(value) { steps.append(fact(.stepFinished(step))) }
            if let seen = observation(value) {
                observations.append(fact(.hostObserved(seen), at: end(after: number) ?? time))
            }
            for move in moves {
                guard let ended = value["ended"]?.string else { continue }
                let part = "/\(move.service)"
                if ended == "failed" {
                    ends.append(fact(.revertFailed(failure(of: move, value)), part))
                    continue
                }
                ends.append(fact(.reverted(move), part))
                let target = Self.release(move)
                if let fence = view.fence(
                    leaving: view[move.service]?.release, for: target,
                    "reverted to \(target.title) by a script, without ledger")
                {
                    ends.append(fact(.fenceRaised(fence), part + "/fence"))
                }
            }
        }
        return steps + ends + observations
    }

    /// The time of the next `ended` line after the line with this number. It observes after its
    /// last step, so what it saw is the state at its end, also if a second passed in between.
    private func end(after number: Int) -> Timestamp? {
        lines.first { $0.number > number && $0.value["ended"] != nil }?.time
    }

    private static func release(_ move: RunFinished) -> Release {
        Release(
            service: move.service, tag: move.tag, digest: move.digest, revision: move.revision)
    }

    private func failure(of move: RunFinished, _ value: JSONValue) -> RunFailed {
        RunFailed(
            environment: environment, reason: value["reason"]?.string ?? "", service: move.service,
            tag: move.tag, digest: move.digest, revision: move.revision)
    }

    private func place(_ value: JSONValue) -> (RunFinished, HostName)? {
        guard let service = value["service"]?.string,
            let move = moves.first(where: { $0.service.rawValue == service }),
            let host = value["host"]?.string.flatMap(HostName.init(rawValue:))
        else { return nil }
        return (move, host)
    }

    /// Who approved the script, or who bypassed its approvals.
    private func approvals(_ value: JSONValue) -> String? {
        if let people = value["approvedBy"]?.string {
            return "the script was approved by \(people)"
        }
        return value["bypassedBy"]?.string.map {
            "\($0) ran the script without its approvals: \(value["reason"]?.string ?? "")"
        }
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

    private func observation(_ value: JSONValue) -> HostObservation? {
        guard let text = value["observed"]?.string, let (move, host) = place(value) else {
            return nil
        }
        var seen = HostObservation(
            environment: environment, service: move.service, host: host, reachable: true)
        if value["matches"]?.bool == true {
            (seen.tag, seen.digest, seen.revision) = (move.tag, move.digest, move.revision)
            return seen
        }
        let words = text.parts(separator: " ").map {
            $0.parts(separator: "@").last.map(String.init) ?? ""
        }
        seen.digest = words.lazy.compactMap(ImageDigest.init(rawValue:)).first
        seen.reachable = seen.digest != nil
        seen.detail = text
        return seen
    }
}
