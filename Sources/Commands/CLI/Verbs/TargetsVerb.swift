internal import ArgumentParser
internal import Commands
internal import Ledger
internal import Projections

/// `ledger targets`
struct TargetsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "targets",
        abstract: "Show which releases an environment can be reverted to, and why not",
        discussion: "Example: ledger targets -e production")
    @OptionGroup var environment: EnvironmentOption
    @OptionGroup var at: AtOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.asking { projector in
            let name = try await wiring.environment(environment.environment, projector)
            let sequence = try await wiring.sequence(at.at, in: name, projector)
            let view = try await projector.environment(name, at: sequence)
            let deployments = try await projector.deployments(of: nil, in: name, at: sequence)
            var seen: [Release] = []
            var rows: [[String]] = []
            for past in deployments.reversed()
            where !seen.contains(where: { $0.runsTheSame(as: past.release) }) {
                seen.append(past.release)
                let entry = try await projector.store.entry(at: past.entry)
                let why = try await obstacle(past, entry, view, upto: sequence, projector)
                rows.append([
                    past.release.service.rawValue, past.release.title,
                    why == nil ? "yes" : "no", why ?? "", "\(name)#\(past.number)",
                    past.time.description,
                ])
            }
            return Answer.list(
                ["service", "release", "revertable", "why not", "deploy", "time"], rows,
                json: .array(
                    rows.map { row in
                        .object([
                            "service": .string(row[0]), "release": .string(row[1]),
                            "revertable": .bool(row[2] == "yes"), "why": .string(row[3]),
                            "deploy": .string(row[4]),
                        ])
                    }), ifEmpty: "Nothing ever ran in \(name).")
        }
    }

    /// Why there is no way back to a release; `nil` if there is one.
    private func obstacle(
        _ past: PastRelease, _ entry: Entry?, _ view: EnvironmentView, upto sequence: Int?,
        _ projector: Projector
    ) async throws -> String? {
        if let state = view[past.release.service], state.presentRuns, let release = state.release,
            release.runsTheSame(as: past.release)
        {
            return "it runs now"
        }
        if let fence = view.fence(against: past.release) { return "fenced: \(fence.reason)" }
        guard let hash = entry?.payload["bundle"]?.string.flatMap(ContentHash.init(rawValue:)),
            let bytes = try await projector.store.content(hash),
            let bundle = try? Bundle(content: bytes)
        else { return "no bundle was kept: ledger did not carry that deploy out" }
        for file in bundle.files where try await projector.store.content(file.hash) == nil {
            return "\(file.path) of its bundle is missing"
        }
        return try await projector.irreversible(since: past, in: view.name, at: sequence).map {
            "the irreversible migration \($0)"
        }
    }
}
