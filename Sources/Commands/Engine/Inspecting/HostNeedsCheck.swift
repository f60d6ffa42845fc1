package import CommandPorts
package import Commands
internal import LedgerText
internal import Projections

/// Judges what a host was seen to have against what a release needs there.
package enum HostNeedsCheck {
    /// Throws `Refusal` if what must be on a host is not there.
    package static func refuseMissing(
        _ report: HostReport, _ move: Plan.Move?
    ) throws(Refusal) {
        guard let move else { return }
        if let first = report.missing.first {
            let path = first.parts(separator: " ").dropFirst().joined(separator: " ")
            throw Refusal(
                .notPossible,
                "\(report.host) lacks what \(report.service) \(move.to.title) needs",
                cause: "not there: \(report.missing.joined(separator: ", "))",
                hint: first.begins(with: "secret ")
                    ? "make it there: podman secret create \(path) FILE"
                    : "put \(path) there (it is never copied, since it may hold secrets); for "
                        + "variables of a compose file: or name them under variables or secrets")
        }
        guard let kept = move.kept, kept.hosts.contains(report.host) else { return }
        for volume in report.volumes
        where volume.place == nil && kept.volumes.contains(volume.name) {
            throw Refusal(
                .volumes, "the volume \(volume.name) of \(report.service) is not on \(report.host)",
                cause: "\(move.from?.title ?? "the present release") has data in it, and it would "
                    + "begin empty",
                hint: "put it back first; if it may begin empty, make it yourself: "
                    + (volume.name.begins(with: "/")
                        ? "mkdir \(volume.name)" : "docker volume create \(volume.name)"))
        }
    }
}
