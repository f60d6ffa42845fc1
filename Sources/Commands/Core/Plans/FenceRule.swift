internal import CommandPorts
internal import Ledger
internal import LedgerText
internal import Projections

/// A fence keeps a release out of an environment.
enum FenceRule {
    /// Throws if a fence keeps the release out.
    static func refuse(
        _ release: Release, by fence: Mark?, in name: EnvironmentName
    ) throws(Refusal) {
        guard let fence, let fenced = fence.release else { return }
        let isOwn = fenced.runsTheSame(as: release)
        let service = "-e \(shell: name) --service \(shell: release.service)"
        throw Refusal(
            .fenced,
            "\(release.service) \(release.title) "
                + (isOwn
                    ? "is fenced in \(name)"
                    : "descends from \(fenced.title), which is fenced in \(name)"),
            cause: "entry \(fence.entry), by \(fence.by): \(fence.reason)",
            hint: isOwn
                ? Hint(
                    "to allow it again",
                    run: "ledger fence lift \(shell: fenced.title) \(service) --reason …")
                : Hint(
                    "if it contains a fix",
                    run:
                        "ledger fence raise \(shell: fenced.title) \(service) --fixed-by REVISION --reason …"
                ))
    }
}
