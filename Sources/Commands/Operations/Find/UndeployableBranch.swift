internal import Commands
public import Ledger
internal import LedgerText
internal import Projections

/// A deployable branch of an environment whose newest commit failed a required check.
public struct UndeployableBranch: Codable, Hashable, Sendable {
    public let branch: String
    public let revision: Revision
    public let check: String
    public let entry: Int

    /// All of them: a check that the policy requires (any, if it requires none) failed on the head.
    static func all(_ desk: Desk) async throws -> [UndeployableBranch] {
        guard let playbook = desk.playbook.ifRead else { return [] }
        var found: [UndeployableBranch] = []
        var seen: Set<String> = []
        for (_, settings) in playbook.environments.sorted(by: { $0.key < $1.key }) {
            guard let policy = settings.policy else { continue }
            let named = policy.branches.filter { !$0.holds("*") }
            for branch in Set(named + [policy.auto].compactMap(\.self)).sorted()
            where seen.insert(branch).inserted {
                for head in try await desk.projector.heads(of: branch) {
                    guard let revision = head.subject.revision else { continue }
                    // Checks belong to the commit, whatever the service.
                    let release = Release(service: ServiceName(unchecked: ""), revision: revision)
                    let eligibility = try await desk.projector.eligibility(of: release, in: [])
                    let failed = eligibility.checks.filter { name, verdict in
                        verdict.outcome == .failed
                            && (policy.checks.isEmpty || policy.checks.contains(name))
                    }
                    guard let first = failed.min(by: { $0.key < $1.key }) else { continue }
                    found.append(
                        UndeployableBranch(
                            branch: branch, revision: revision, check: first.key,
                            entry: first.value.entry))
                }
            }
        }
        return found
    }
}
