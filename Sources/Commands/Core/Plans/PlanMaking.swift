public import CommandPorts
public import Ledger
internal import LedgerText
public import Projections

extension Plan {
    /// Makes a plan from the current view, the current playbook and the targets' bundles.
    ///
    /// Throws `Refusal`: fenced, frozen, irreversible, or no rollback target. A plan without moves
    /// means that nothing needs to change.
    public static func make(
        _ request: PlanRequest, in view: EnvironmentView, place: Playbook.Environment,
        parts: [MoveParts], by author: Author, now: Timestamp
    ) throws(Refusal) -> Plan {
        try FreezeRule.refuse(view, request, now)
        var plan = Plan(
            kind: request.kind, environment: view.name, moves: [], steps: [], back: [],
            onFailure: request.onFailure, returns: [], migrations: [], warnings: [],
            reason: request.reason, by: author.name, state: view.fingerprint,
            leaseSeconds: place.leaseSeconds, approvalSeconds: place.approvalSeconds,
            protected: place.protected)
        plan.apply(place, request, view, now)
        for part in parts {
            let target = part.bundle.release
            try FenceRule.refuse(target, by: view.fence(against: target), in: view.name)
            try refuseBlind(part.bundle, in: view)
            try refuseUnreached(part.bundle, place)
            let state = view[target.service]
            let runs = state?.release?.runsTheSame(as: target) ?? false
            let seen = request.seen[target.service]
            if runs, state?.state == .verified, !request.again, seen == nil { continue }
            try refuseIrreversible(part, request)
            try VolumeRules.refuseLoss(part, state, request)
            if let entry = part.deleted {
                plan.warnings.append(
                    "the image of \(target.service) \(target.title) was deleted (entry \(entry)); "
                        + "the steps must get it from another registry")
            }
            plan.add(part, from: state?.release, place: place, request: request)
            plan.addOthers(state, seen: seen ?? state?.hosts ?? [])
            if part.takesBack, let from = state?.release {
                plan.warnings.append(
                    "this undoes a revert: \(from.service) \(from.title) will not be fenced")
            }
            plan.addReturns(part, place: place)
            plan.addDrift(state, seen: seen)
        }
        if request.onFailure == .back {
            try plan.addBack(
                parts.filter { part in
                    plan.moves.contains { $0.service == part.bundle.release.service }
                }, place)
        }
        return plan
    }

    /// Applies the environment's settings and the request to the plan as a whole.
    private mutating func apply(
        _ place: Playbook.Environment, _ request: PlanRequest, _ view: EnvironmentView,
        _ now: Timestamp
    ) {
        let together = place.batch.count(of: place.hosts.count)
        if together > 1 { batch = together }
        if request.drill { drill = true }
        policy = place.policy
        if request.overridesFreeze {
            overridesFreeze = true
            warnings.append("the freeze is overridden: \(request.reason ?? "")")
        } else if let freeze = view.freeze(at: now) {
            warnings.append(
                "\(view.name) is frozen (\(freeze.reason)); a freeze does not block a revert")
        }
        if place.approvalsNeeded > 0 { approvals = place.approvalsNeeded }
        if place.pause > 0 { pause = place.pause }
        if !place.servers.isEmpty { servers = place.servers }
        if !request.stays.isEmpty {
            stays = request.stays.map { Stay(service: $0, release: view[$0]?.release) }
        }
    }

    private mutating func add(
        _ part: MoveParts, from: Release?, place: Playbook.Environment, request: PlanRequest
    ) {
        let bundle = part.bundle
        let templates = request.kind == .deploy ? bundle.deploy : bundle.revert
        moves.append(
            Move(
                service: bundle.release.service, from: from, to: bundle.release,
                hosts: place.hosts, bundle: part.bundleHash, observe: bundle.observe,
                health: bundle.health, bundleBack: part.presentHash,
                observeBack: part.present?.observe, healthBack: part.present?.health,
                kept: VolumeRules.kept(part, from, place), takesBack: part.takesBack ? true : nil))
        steps += downs(part, place, request)
        for host in place.hosts {
            steps += Self.steps(
                templates, bundle: part.bundleHash, bundle.release.service, host,
                after: steps.count)
        }
        if let from, !from.runsTheSame(as: bundle.release) {
            ship(Shipped(from, bundle.release, part.shipment))
            if request.kind == .deploy, let shipment = part.shipment, shipment.comes.isEmpty,
                !shipment.goes.isEmpty
            {
                let count = shipment.goes.count
                warnings.append(
                    "downgrade: \(bundle.release.service) \(bundle.release.title) is "
                        + "\(count) commit\(count == 1 ? "" : "s") behind the current \(from.title)"
                )
            }
        }
        if let loose = bundle.loose, !loose.isEmpty {
            warnings.append(
                "\(loose.joined(separator: ", ")) of \(bundle.release.service) is not in the "
                    + "bundle; a rollback uses the file on disk; to keep it, add it to files")
        }
        migrations += part.migrations.compactMap { $0.payload["name"]?.string }
        if bundle.observe == nil {
            warnings.append(
                "\(bundle.release.service) has no `observe` probe; its state will be unverified")
        }
    }

    private mutating func addDrift(_ state: ServiceState?, seen: [HostState]?) {
        guard let state else { return }
        let release = state.release?.title ?? "the recorded release"
        let lost = (seen ?? state.hosts).filter { !$0.reachable }.map(\.host.rawValue)
        if !lost.isEmpty {
            warnings.append(
                "cannot observe \(state.service) on \(lost.joined(separator: ", ")); "
                    + "recorded: \(release)")
        }
        let differs = seen?.contains { $0.reachable && state.release.map($0.runs) != true } ?? false
        guard state.state == .drifted || state.state == .mixed || differs else { return }
        let how = differs ? "different now" : state.state.rawValue
        warnings.append("\(state.service) is \(how): the last observation is not \(release)")
    }

    /// Records the hosts that were last observed running another release than the recorded one.
    private mutating func addOthers(_ state: ServiceState?, seen: [HostState]) {
        guard let state, let now = state.release else { return }
        let others = seen.filter(\.reachable).map {
            Other(
                host: $0.host,
                release: Release(
                    service: state.service, tag: $0.tag, digest: $0.digest, revision: $0.revision))
        }.filter { moves.last?.hosts.contains($0.host) == true && !$0.release.runsTheSame(as: now) }
        if !others.isEmpty { moves[moves.count - 1].others = others }
    }

    /// The steps that revert migrations, newest first, down to the first irreversible one. That
    /// migration and older ones stay. The current release runs the steps, on one host.
    private func downs(
        _ part: MoveParts, _ place: Playbook.Environment, _ request: PlanRequest
    ) -> [Step] {
        guard let down = part.present?.down, let hash = part.presentHash,
            let host = place.hosts.first
        else { return [] }
        let reversible = part.migrations.prefix { $0.payload["irreversible"]?.bool != true }
        return reversible.enumerated().map { index, entry in
            let name = entry.payload["name"]?.string ?? ""
            var step = Step(
                number: steps.count + index + 1, service: part.bundle.release.service, host: host,
                name: "take back \(name)", run: down.run, seconds: down.seconds, once: down.once,
                check: down.check, bundle: hash, site: down.site)
            step.migration = name
            return step
        }
    }

    private static func steps(
        _ templates: [Playbook.Template], bundle: ContentHash, _ service: ServiceName,
        _ host: HostName, after count: Int
    ) -> [Step] {
        templates.enumerated().map { index, template in
            Step(
                number: count + index + 1, service: service, host: host, name: template.name,
                run: template.run, seconds: template.seconds, once: template.once,
                check: template.check, bundle: bundle, site: template.site,
                afterLook: template.afterLook)
        }
    }

    private mutating func addBack(
        _ parts: [MoveParts], _ place: Playbook.Environment
    ) throws(Refusal) {
        for part in parts.reversed() {
            let service = part.bundle.release.service
            guard let present = part.present, let hash = part.presentHash else {
                if !moves.contains(where: { $0.service == service && $0.from != nil }) {
                    warnings.append(
                        "\(service) has no previous release here; a failure cannot be rolled back")
                    continue
                }
                throw Refusal(
                    .notPossible,
                    "\(service) cannot be rolled back if this fails",
                    cause: "the ledger has no bundle of its current release",
                    hint: "use --on-failure stop")
            }
            for host in place.hosts {
                back += Self.steps(
                    present.revert, bundle: hash, service, host,
                    after: steps.count + back.count)
            }
        }
    }

    private mutating func ship(_ new: Shipped) {
        var all = shipped ?? []
        if let same = all.firstIndex(where: new.hasTheSame) {
            all[same].services += new.services
        } else {
            all.append(new)
        }
        shipped = all
    }

    // MARK: Refusals

    /// Refuses a probe without an address for this environment, because it would fail only after
    /// all steps have run.
    private static func refuseBlind(
        _ bundle: Bundle, in view: EnvironmentView
    ) throws(Refusal) {
        let probes = [
            ("observe", bundle.observe), ("health", bundle.health?.probe),
            ("health", bundle.health?.and),
        ]
        for (name, probe) in probes {
            guard let probe, probe.command(in: view.name) == nil else { continue }
            throw Refusal(
                .notPossible, "\(bundle.release.service) cannot be observed in \(view.name)",
                cause: "\(name) has no address for this environment",
                hint: "add it: \(name): {http: {\(view.name): \"http://…\"}}")
        }
    }

    /// A step for a host must not run on this machine instead.
    package static func refuseUnreached(
        _ bundle: Bundle, _ place: Playbook.Environment
    ) throws(Refusal) {
        guard bundle.needsHosts else { return }
        for host in place.hosts where host.rawValue != "localhost" {
            if place.servers.contains(where: { $0.host == host }) { continue }
            throw Refusal(
                .notPossible, "no connection is configured for \(host)",
                cause: "\(bundle.release.service) must run there, not on this machine",
                hint: "make hosts a map: hosts: {\(host): {ssh: deploy@\(host)}}")
        }
    }

    private static func refuseIrreversible(
        _ part: MoveParts, _ request: PlanRequest
    ) throws(Refusal) {
        let fatal = part.migrations.filter { $0.payload["irreversible"]?.bool == true }
            .compactMap { entry in entry.payload["name"]?.string.map { ($0, entry.sequence) } }
            .filter { !request.accepted.contains($0.0) }
        if let (name, sequence) = fatal.first {
            throw Refusal(
                .irreversible,
                "the migration \(name) was applied after \(part.bundle.release.title) and "
                    + "cannot be reverted",
                cause: "entry \(sequence) marks it irreversible",
                hint: "if \(part.bundle.release.title) works with the current data: "
                    + "--accept-migration \(name) --reason …")
        }
        if !request.accepted.isEmpty, request.reason == nil {
            throw Refusal(
                .irreversible, "accepting an irreversible migration requires a reason",
                hint: "add --reason …")
        }
    }
}
