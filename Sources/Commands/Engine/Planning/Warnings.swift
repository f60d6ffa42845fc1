internal import CommandPorts
internal import Commands
internal import Ledger
internal import Projections

/// The warnings of a plan.
extension Planner {
    /// Warnings about secrets that are not set here. Throws `Refusal` for a secret with which the
    /// release was started before: it would start without it.
    func missingSecrets(_ parts: [MoveParts], _ plan: Plan) throws(Refusal) -> [String] {
        var warnings: Set<String> = []
        for part in parts {
            let before = plan.kind == .revert ? part.bundle : part.present
            for name in part.bundle.secrets.keys.sorted() where bundleMaker.variables[name] == nil {
                let isMoved = plan.moves.contains { $0.service == part.bundle.release.service }
                if isMoved, let hash = before?.secrets[name], !hash.isEmpty {
                    throw Refusal(
                        .notPossible, "the secret \(name) is not set here",
                        cause:
                            "\(part.bundle.release.service) was deployed with it before, and would "
                            + "start without it",
                        hint: "set the variable \(name) (its value is never recorded); or remove "
                            + "it from secrets in ledger.yaml")
                }
                warnings.insert("the secret \(name) is not set here: steps will not see it")
            }
        }
        return warnings.sorted()
    }

    /// Tags that name another image now, also of services that run their target already. The
    /// warning has both digests; the recorded one is used.
    func movedTags(_ parts: [MoveParts]) async throws -> [String] {
        var warnings: [String] = []
        for release in parts.map(\.bundle.release) {
            guard let tag = release.tag else { continue }
            let now = try await projector.tag(tag, of: release.service)?.subject.digest
            if let moved = release.movedTag(now: now, in: .ledger) { warnings.append(moved) }
        }
        return warnings
    }
}
