internal import CommandPorts
internal import Ledger
internal import LedgerText
internal import Projections

/// Persistent data stays on volumes. No container starts without the volumes of the current
/// release, with an empty volume where data is expected, or without its settings.
enum VolumeRules {
    static func refuseLoss(
        _ part: MoveParts, _ state: ServiceState?, _ request: PlanRequest
    ) throws(Refusal) {
        guard let present = part.present else { return }
        let next = Set(part.bundle.allVolumes)
        let lost = volumes(of: present).filter {
            !next.contains($0) && !request.without.contains($0)
        }
        if let first = lost.first {
            let target = part.bundle.release
            let place = present.needs?.persistent.first { $0.name == first }?.target
            throw Refusal(
                .volumes,
                "\(target.service) \(target.title) would start without the volume \(first)",
                cause: "\(state?.release?.title ?? "the current release") has it"
                    + (place.map { " at \($0)" } ?? ""),
                hint: "mount it again, or drop its data: --without-volume "
                    + "\(first) --reason …")
        }
        if !request.without.isEmpty, request.reason == nil {
            throw Refusal(
                .volumes, "dropping a volume requires a reason", hint: "add --reason …")
        }
    }

    /// The volumes that hold data. If `ledger` does not start the service, only the playbook names
    /// them.
    private static func volumes(of bundle: Bundle) -> [String] {
        bundle.needs?.persistent.map(\.name) ?? bundle.volumes
    }

    /// The plan's hosts on which the current release has data.
    static func kept(
        _ part: MoveParts, _ from: Release?, _ place: Playbook.Environment
    ) -> Plan.Kept? {
        guard from != nil, let present = part.present, let needs = present.needs else { return nil }
        let next = Set(part.bundle.allVolumes)
        let names = needs.persistent.map(\.name).filter(next.contains)
        let hosts = present.hosts.filter(place.hosts.contains)
        return names.isEmpty || hosts.isEmpty ? nil : Plan.Kept(volumes: names, hosts: hosts)
    }
}
