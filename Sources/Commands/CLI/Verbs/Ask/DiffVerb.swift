internal import ArgumentParser
internal import CommandPorts
internal import Ledger
internal import Projections

/// `ledger diff`
struct DiffVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what differs between two environments, or two moments of one",
        discussion: """
            Example: ledger diff staging production
            Example: ledger diff production~1 production
            """)
    @Argument(
        help: "An environment, or a place in its history: production~2, production#42, 118 with -e."
    )
    var from: String
    @Argument(help: "The same. Default: the environment as it is now.")
    var to: String?
    @Flag(help: "Exit with 2 if anything differs.")
    var exitCode = false
    @OptionGroup var environment: EnvironmentOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.asking { projector in
            let before = try await view(from, wiring, projector)
            let after: EnvironmentView
            if let to {
                after = try await view(to, wiring, projector)
            } else {
                after = try await projector.environment(before.name)
            }
            let moves = Difference(from: before, to: after).moves
            let rows = moves.map { move in
                [
                    move.service.rawValue, move.from?.title ?? "nothing", "→",
                    move.to?.title ?? "nothing",
                    move.from?.digest?.rawValue ?? move.from?.revision?.rawValue ?? "", "→",
                    move.to?.digest?.rawValue ?? move.to?.revision?.rawValue ?? "",
                ]
            }
            var items: [JSONValue] = []
            var shipped: [Answer.Block] = []
            for move in moves {
                let shipment = try await projector.shipment(
                    from: move.from, to: move.to, atHand: wiring.commitsAtHand)
                items.append(Self.json(move, shipment))
                guard let from = move.from, let to = move.to else { continue }
                shipped += CommitText.blocks(shipment, of: [move.service], from: from, to: to)
            }
            var answer = Answer.list(
                ["service", "from", "", "to", "", "", ""], rows, json: .array(items),
                ifEmpty: "No difference.")
            // In a pipe a list is rows, and nothing else.
            if wiring.console.isTerminal { answer.blocks += shipped }
            if exitCode, !moves.isEmpty { (answer.exit, answer.outcome) = (.changes, "changes") }
            return answer
        }
    }

    private static func json(_ move: Difference.Move, _ shipment: Shipment?) -> JSONValue {
        var members: [String: JSONValue] = ["service": .string(move.service.rawValue)]
        members["from"] = move.from.map(StateText.json)
        members["to"] = move.to.map(StateText.json)
        if move.from != nil, move.to != nil { members["commits"] = CommitText.json(shipment) }
        return .object(members)
    }

    private func view(
        _ text: String, _ wiring: Wiring, _ projector: Projector
    ) async throws -> EnvironmentView {
        let reference = try await wiring.reference(text, projector)
        switch reference {
        case .environment(let name): return try await projector.environment(name)
        case .ago(let name, _), .deployment(let name, _), .moment(let name, _):
            let sequence = try await projector.sequence(of: reference, in: name)
            return try await projector.environment(name, at: sequence)
        case .sequence, .time, .release:
            if case .release = reference, environment.environment == nil {
                try await refuseNoEnvironment(text, wiring, projector)
            }
            let name = try await wiring.environment(environment.environment, projector)
            let sequence = try await projector.sequence(of: reference, in: name)
            return try await projector.environment(name, at: sequence)
        }
    }

    /// A word that is no environment, where it must be one: a tag alone says not where.
    private func refuseNoEnvironment(
        _ text: String, _ wiring: Wiring, _ projector: Projector
    ) async throws {
        let known = try await wiring.environments(projector).map(\.rawValue)
        if known.count == 1 { return }
        throw Refusal(
            .unknownName, "\(text) is no environment",
            cause: "there are \(known.joined(separator: ", "))",
            hint: nearest(to: text, among: known).map { "did you mean \($0)?" }
                ?? "for a place in the history of one, name it: -e ENVIRONMENT")
    }
}
