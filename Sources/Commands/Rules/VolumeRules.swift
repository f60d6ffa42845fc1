internal import Ledger
internal import LedgerText
internal import Projections

/// Persistent data stay on volumes: nothing is started without those that the present release has,
/// none begins empty where data are expected, and nothing is started without its settings.
enum VolumeRules {
    static func refuseLoss(
        _ part: MoveParts, _ state: ServiceState?, _ wish: PlanWish
    ) throws(Refusal) {
        guard let present = part.present else { return }
        let next = Set(part.bundle.allVolumes)
        let lost = volumes(of: present).filter { !next.contains($0) && !wish.without.contains($0) }
        if let first = lost.first {
            let target = part.bundle.release
            let place = present.needs?.persistent.first { $0.name == first }?.target
            throw Refusal(
                .volumes,
                "\(target.service) \(target.title) would start without the volume \(first)",
                cause: "\(state?.release?.title ?? "the present release") has it"
                    + (place.map { " at \($0)" } ?? ""),
                hint: "mount it again; if its data are no longer needed: --without-volume "
                    + "\(first) --reason …")
        }
        if !wish.without.isEmpty, wish.reason == nil {
            throw Refusal(
                .volumes, "a volume is left only with a reason", hint: "add --reason …")
        }
    }

    /// Those that hold data. Of what `ledger` does not start itself, the playbook alone knows.
    private static func volumes(of bundle: Bundle) -> [String] {
        bundle.needs?.persistent.map(\.name) ?? bundle.volumes
    }

    /// Where the release that runs has data, among the hosts of the plan.
    static func kept(
        _ part: MoveParts, _ from: Release?, _ place: Playbook.Place
    ) -> Plan.Kept? {
        guard from != nil, let present = part.present, let needs = present.needs else { return nil }
        let next = Set(part.bundle.allVolumes)
        let names = needs.persistent.map(\.name).filter(next.contains)
        let hosts = present.hosts.filter(place.hosts.contains)
        return names.isEmpty || hosts.isEmpty ? nil : Plan.Kept(volumes: names, hosts: hosts)
    }

    /// Throws `Refusal` if what must be on a host is not there.
    static func refuseMissing(
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
