internal import CommandEngine
internal import Commands
internal import Ledger
internal import LedgerText
internal import Projections

/// The commands that restore what ran before a plan.
struct UndoCommands {
    let plan: Plan
    /// The environment after the run.
    let view: EnvironmentView
    /// Irreversible migrations that the commands must accept.
    let barriers: [String]

    /// The releases that the plan's revert fenced.
    var fenced: [Release] {
        if plan.kind != .revert { return [] }
        return plan.moves.filter { $0.takesBack != true }.compactMap(\.from).filter {
            view.fence(against: $0) != nil
        }
    }

    /// After a run that succeeded: fences that it raised are lifted first.
    var afterSuccess: [String] {
        let changed = plan.moves.filter { move in
            move.from.map { !$0.runsTheSame(as: move.to) } ?? false
        }
        let over = barriers.map { " --accept-migration \(shell: $0)" }.joined()
        return commands("fence lift", fenced).map { $0 + " --reason …" }
            + restoring(changed, reverting: over.isEmpty ? "" : "\(over) --reason …")
    }

    /// After a run that failed. None if every service is verified, or if the run has ended only for
    /// some hosts and can be resumed.
    func after(_ outcome: RunOutcome, _ word: RunResult.Outcome) -> [String] {
        let isWell = plan.moves.allSatisfy { view[$0.service]?.state == .verified }
        guard case .failed = outcome, word != .putBack, !isWell else { return [] }
        return restoring(plan.moves.filter { $0.from != nil }).map { $0 + " --again" }
    }

    /// A release that another tool deployed has no bundle: it can be deployed, but not reverted to.
    /// Otherwise the kept bundle is the target; today's playbook may differ from it.
    private func restoring(_ moves: [Plan.Move], reverting options: String = "") -> [String] {
        let kept = moves.filter { $0.bundleBack != nil }.compactMap(\.from)
        let others = moves.filter { $0.bundleBack == nil }.compactMap(\.from)
        return commands("revert --to", kept).map { $0 + options } + commands("deploy", others)
    }

    /// The commands that apply one verb to exactly these releases. One command for all if they
    /// share a tag and no other service has it; otherwise one for each service.
    private func commands(_ verb: String, _ releases: [Release]) -> [String] {
        let isOne = Set(releases.map(\.title)).count == 1
        let others = Set(view.services.map(\.service)).subtracting(releases.map(\.service))
        if let first = releases.first, isOne, others.isEmpty {
            return ["ledger \(verb) \(shell: name(of: first)) -e \(shell: plan.environment)"]
        }
        return releases.map {
            "ledger \(verb) \(shell: name(of: $0)) -e \(shell: plan.environment) "
                + "--service \(shell: $0.service)"
        }
    }

    /// A reference to a release: its tag, unless the current release has the same tag.
    private func name(of release: Release) -> String {
        let isMoved = plan.moves.contains {
            $0.to.title == release.title && !$0.to.runsTheSame(as: release)
        }
        return isMoved
            ? release.digest?.rawValue ?? release.revision?.rawValue ?? release.title
            : release.title
    }
}
