package import CommandPorts
package import Commands
internal import Ledger
internal import LedgerText
internal import Projections

/// Checks a host's observed state against a release's requirements.
package enum HostNeedsCheck {
    /// Throws `Refusal` if a requirement is missing on the host.
    package static func refuseMissing(
        _ report: HostReport, _ move: Plan.Move?
    ) throws(Refusal) {
        guard let move else { return }
        if let first = report.missing.first {
            let path = first.parts(separator: " ").dropFirst().joined(separator: " ")
            throw Refusal(
                .notPossible,
                "\(report.host) lacks requirements of \(report.service) \(move.to.title)",
                cause: "missing: \(report.missing.joined(separator: ", "))",
                hint: first.begins(with: "secret ")
                    ? "create it on the host: podman secret create \(path) FILE"
                    : Hint(
                        "create \(path) there (it is never copied, since it may hold secrets); for "
                            + "compose variables: or name them under variables or secrets"))
        }
        guard let kept = move.kept, kept.hosts.contains(report.host) else { return }
        for volume in report.volumes
        where volume.place == nil && kept.volumes.contains(volume.name) {
            throw Refusal(
                .volumes, "the volume \(volume.name) of \(report.service) is not on \(report.host)",
                cause: "\(move.from?.title ?? "the current release") has data in it; a new volume "
                    + "would be empty",
                hint: Hint(
                    "restore it first; if it may be empty, create it",
                    run: volume.name.begins(with: "/")
                        ? "mkdir \(shell: volume.name)"
                        : "docker volume create \(shell: volume.name)"))
        }
    }
}
