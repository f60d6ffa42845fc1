internal import Commands
internal import Ledger
internal import LedgerText
internal import Projections

extension PolicyRules {
    /// What keeps everything out of an environment for now.
    static func freezes(
        _ view: EnvironmentView, _ policy: Policy?, _ now: Timestamp
    ) -> [String] {
        let mark = view.freeze(at: now).map { "\($0.reason) (entry \($0.entry))" }
        let window = policy?.freezes.first { $0.covers(now) }?.reason
        return [mark, window].compactMap(\.self).map { "\(view.name) is frozen: \($0)" }
    }

    /// What keeps a release out of an environment: a fence, and what the policy asks for.
    static func hindrances(
        to release: Release, in view: EnvironmentView, _ policy: Policy?, _ now: Timestamp,
        _ projector: Projector, at: Int? = nil
    ) async throws -> [String] {
        let fence = try await projector.fence(against: release, in: view, at: at).map { fence in
            let isOwn = fence.release?.runsTheSame(as: release) == true
            return
                (isOwn
                ? "is fenced" : "descends from \(fence.release?.title ?? ""), which is fenced")
                + ": \(fence.reason) (entry \(fence.entry))"
        }
        guard let policy else { return [fence].compactMap(\.self) }
        let eligibility = try await projector.eligibility(
            of: release, in: policy.after.map(\.environment), at: at)
        return [fence].compactMap(\.self) + reasons(against: eligibility, policy, now: now)
    }

    /// The branches that environments live from and whose head may go nowhere: a check that is
    /// asked for (any, if none is) failed on it.
    static func undeployable(
        _ playbook: Playbook, _ projector: Projector
    ) async throws -> [Undeployable] {
        var found: [Undeployable] = []
        var asked: Set<String> = []
        for (_, place) in playbook.environments.sorted(by: { $0.key < $1.key }) {
            guard let policy = place.policy else { continue }
            let named = policy.branches.filter { !$0.holds("*") }
            for branch in Set(named + [policy.auto].compactMap(\.self)).sorted()
            where asked.insert(branch).inserted {
                for head in try await projector.heads(of: branch) {
                    guard let revision = head.subject.revision else { continue }
                    // No service is asked for: checks are known by the commit.
                    let release = Release(service: ServiceName(unchecked: ""), revision: revision)
                    let eligibility = try await projector.eligibility(of: release, in: [])
                    let red = eligibility.checks.filter { name, word in
                        word.outcome == .failed
                            && (policy.checks.isEmpty || policy.checks.contains(name))
                    }
                    guard let first = red.min(by: { $0.key < $1.key }) else { continue }
                    found.append(
                        Undeployable(
                            branch: branch, revision: revision, check: first.key,
                            entry: first.value.entry))
                }
            }
        }
        return found
    }
}

/// A branch whose head may go nowhere, and why.
struct Undeployable {
    let branch: String
    let revision: Revision
    let check: String
    let entry: Int

    var text: String {
        "\(branch) is undeployable: the check \(check) failed on \(revision.short) (entry \(entry))"
    }
    var json: JSONValue {
        .object([
            "branch": .string(branch), "state": "undeployable",
            "revision": .string(revision.rawValue), "check": .string(check),
            "entry": JSONValue(entry),
        ])
    }
}
