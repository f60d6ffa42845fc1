internal import CommandEngine
public import Commands
internal import Ledger
internal import Projections

/// A drill: it reverts an environment, then deploys the current release again, and records how long
/// the revert took. It is two runs; a person confirms both when they see the first plan.
public struct Rehearsal: Sendable {
    public let target: String?
    public let environment: String?
    public let terms: PlanTerms

    public init(_ target: String?, environment: String?, terms: PlanTerms) {
        self.target = target
        self.environment = environment
        self.terms = terms
    }

    /// The revert to the target, and the last entry before it. Throws `Refusal` if the environment
    /// is protected, or if its current release could not be restored.
    public func revertProposal(
        at desk: ActingDesk
    ) async throws -> (proposal: Proposal, since: Int) {
        let name = try desk.planned(environment)
        try await desk.wait(terms.wait, in: name)
        let before = try await desk.recorder.store.head().sequence
        let there = try await proposal(
            to: desk.desk.target(target, in: name, for: "drill"), terms.names, in: name, at: desk)
        try Drill.refuse(there.plan, in: try await desk.projector.environment(name))
        return (there, before)
    }

    /// Records how the revert went. Returns how long it took, in seconds.
    public func record(
        _ plan: Plan, _ result: RunResult, since sequence: Int, at desk: ActingDesk
    ) async throws -> Double {
        let facts = try await Drill.checks(
            of: plan, went: result.outcome == .done, why: result.reason, since: sequence,
            desk.recorder.store)
        _ = try await desk.recorder.record(facts)
        return facts.first?.fields["milliseconds"]?.integer.map { Double($0) / 1000 } ?? 0
    }

    /// The plan that deploys what ran before the drill.
    public func returnProposal(
        of plan: Plan, since sequence: Int, at desk: ActingDesk
    ) async throws -> Proposal {
        try await proposal(
            to: .reference(.sequence(sequence)), plan.moves.map(\.service), in: plan.environment,
            at: desk)
    }

    private func proposal(
        to target: Target, _ services: [ServiceName], in name: EnvironmentName, at desk: ActingDesk
    ) async throws -> Proposal {
        var request = terms.request(.revert)
        request.drill = true
        let made = try await desk.planner().revert(
            to: target, in: name, services: services, request)
        return try await desk.proposal(try await desk.inspect(made, terms), terms)
    }
}
