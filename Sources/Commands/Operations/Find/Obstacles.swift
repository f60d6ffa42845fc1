internal import Commands
internal import Ledger
internal import Projections

/// The reasons that block releases from an environment: fences, freezes and its policy.
struct Obstacles {
    let view: EnvironmentView
    let policy: Policy?
    let now: Timestamp

    /// The reasons that block every release now.
    static func freezes(
        _ view: EnvironmentView, _ policy: Policy?, _ now: Timestamp
    ) -> [String] {
        let mark = view.freeze(at: now).map { "\($0.reason) (entry \($0.entry))" }
        let window = policy?.freezes.first { $0.covers(now) }?.reason
        return [mark, window].compactMap(\.self).map { "\(view.name) is frozen: \($0)" }
    }

    /// The reasons that block one release.
    func against(
        _ release: Release, _ projector: Projector, at sequence: Int? = nil
    ) async throws -> [String] {
        let fence = try await projector.fence(against: release, in: view, at: sequence)
        let words = fence.map { fence in
            let isOwn = fence.release?.runsTheSame(as: release) == true
            let what =
                isOwn
                ? "is fenced" : "descends from \(fence.release?.title ?? ""), which is fenced"
            return "\(what): \(fence.reason) (entry \(fence.entry))"
        }
        guard let policy else { return [words].compactMap(\.self) }
        let eligibility = try await projector.eligibility(
            of: release, in: policy.after.map(\.environment), at: sequence)
        return [words].compactMap(\.self)
            + PolicyRules.reasons(against: eligibility, policy, now: now)
    }
}
