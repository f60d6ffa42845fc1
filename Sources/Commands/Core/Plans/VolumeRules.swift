internal import CommandPorts
internal import LedgerText
internal import Projections

/// Persistent data stay on volumes: nothing is started without those that the present release has,
/// none begins empty where data are expected, and nothing is started without its settings.
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
                cause: "\(state?.release?.title ?? "the present release") has it"
                    + (place.map { " at \($0)" } ?? ""),
                hint: "mount it again; if its data are no longer needed: --without-volume "
                    + "\(first) --reason …")
        }
        if !request.without.isEmpty, request.reason == nil {
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
        _ part: MoveParts, _ from: Release?, _ place: Playbook.Environment
    ) -> Plan.Kept? {
        guard from != nil, let present = part.present, let needs = present.needs else { return nil }
        let next = Set(part.bundle.allVolumes)
        let names = needs.persistent.map(\.name).filter(next.contains)
        let hosts = present.hosts.filter(place.hosts.contains)
        return names.isEmpty || hosts.isEmpty ? nil : Plan.Kept(volumes: names, hosts: hosts)
    }
}
