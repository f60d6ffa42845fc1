public import CommandPorts
public import Ledger
internal import LedgerText
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
    /// Whether the script came to an end; one that was killed may be run again, and read again.
    public let hasEnded: Bool
    private let id: String
    private let by: String
    private let moves: [RunFinished]
    private let lines: [(number: Int, value: JSONValue, time: Timestamp)]

    /// Reads it; throws `Problem`. A last line that was cut off is left out.
    public init(_ text: String) throws {
        let all = text.parts(separator: "\n", omittingEmptySubsequences: false)
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
            // That it was seen running follows from what was seen, not from what is said here.
            members["verified"] = nil
            do {
                return try JSONValue.object(members).decoded()
            } catch { throw Problem(line: 1, why: "a move is not readable: \(error)") }
        }
    }

    /// The kinds of entries of an environment that a journal must not be older than.
    public static let later = [
        EventKind.deployStarted, .revertStarted, .deployFinished, .revertFinished, .hostObserved,
    ]

    /// Throws `Refusal` if the ledger has learnt of something since (`last`, the newest of these
    /// kinds): what it knows must not be undone by what was so before.
    public func refuseLate(after last: Entry?) throws(Refusal) {
        // A script tells its times in whole seconds.
        guard let last, let end = lines.last?.time, last.time.seconds(since: end) >= 1 else {
            return
        }
        throw Refusal(
            .notPossible, "\(environment) has changed since this journal was written",
            cause: "it ends at \(end); entry \(last.sequence) (\(last.kind)) is of \(last.time)",
            hint: "say what the script did in words: ledger note \"…\"; and look at what runs now")
    }

    /// Throws `Refusal` if the journal says of a kept bundle another release than its own. `kept`
    /// gives the release that a bundle was kept for, and its environment.
    public func refuseForeign(
        _ kept: (ContentHash) async throws -> (release: Release, environment: EnvironmentName)?
    ) async throws {
        for move in moves {
            guard let hash = move.bundle, let bundle = try await kept(hash),
                bundle.release.runsTheSame(as: Self.release(move)),
                bundle.environment == environment, bundle.release.service == move.service
            else {
                throw Refusal(
                    .invalid, "the journal is not of a script of this ledger",
                    cause: "\(move.service) \(Self.release(move).title) is not what was kept for "
                        + "\(environment) under the bundle that it names",
                    hint: "import it where the script came from")
            }
        }
    }

    /// The facts in it, in the order in which the ledger has to learn them: how it ended, then what
    /// was seen. `view` is what the ledger has of the environment: what the script came away from
    /// is fenced, as after every revert.
    public func facts(_ view: EnvironmentView) -> [Fact] {
        var steps: [Fact] = []
        var ends: [Fact] = []
        var observations: [Fact] = []
        for (number, value, time) in lines {
            func fact(_ event: Event, _ part: String = "") -> Fact {
                // Times of a script are whole seconds: what it did was done by their end.
                Fact(
                    event, time: Timestamp(microseconds: time.microseconds + 999_999),
                    source: Source(name: "journal", id: "\(id)/\(number)\(part)"),
                    by: .told(by))
            }
            if let said = approvals(value) {
                steps.append(fact(.noteAdded(Note(text: said, environment: environment))))
            }
            if let step = step(value) { steps.append(fact(.stepFinished(step))) }
            if let seen = observation(value) { observations.append(fact(.hostObserved(seen))) }
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

    /// Who said yes to the script, or that it went without that.
    private func approvals(_ value: JSONValue) -> String? {
        if let people = value["approvedBy"]?.string {
            return "the script was approved by \(people)"
        }
        return value["bypassedBy"]?.string.map {
            "the script went without its approvals, by \($0): \(value["reason"]?.string ?? "")"
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
