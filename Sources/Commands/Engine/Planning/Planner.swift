internal import CommandPorts
public import Commands
internal import CommandSecrets
public import Ledger
internal import LedgerText
public import Projections

/// Collects the parts of a plan: past deploys from the ledger, the steps from the playbook.
public struct Planner: Sendable {
    let recorder: Recorder
    let playbook: Playbook
    let bundleMaker: BundleMaker
    /// The local repository, for commits that the ledger does not know.
    let commitsAtHand: Projector.CommitsAtHand?

    public init(
        recorder: Recorder, playbook: Playbook, bundleMaker: BundleMaker,
        commitsAtHand: Projector.CommitsAtHand? = nil
    ) {
        self.commitsAtHand = commitsAtHand
        self.recorder = recorder
        projector = recorder.projector
        self.playbook = playbook
        self.bundleMaker = bundleMaker
    }

    /// The ledger's facts. A plan is made from entries alone: see `sealed`.
    private(set) var projector: Projector
    var store: any EventReader { projector.store }

    /// The same planner, limited to the entries of an environment and of the releases that a text
    /// may name. Views and indexes that others could have changed must not affect a plan.
    func sealed(
        _ environment: EnvironmentName, naming text: String? = nil
    ) async throws -> Planner {
        var planner = self
        planner.projector = try await recorder.projector.sealed([environment], naming: text)
        return planner
    }

    /// Plans a deploy of the release that a tag, revision or digest names.
    public func deploy(
        _ text: String, to environment: EnvironmentName, services: [ServiceName],
        _ request: PlanRequest
    ) async throws -> PreparedPlan {
        try await sealed(environment, naming: text)
            .planDeploy(text, to: environment, services, request)
    }

    private func planDeploy(
        _ text: String, to environment: EnvironmentName, _ services: [ServiceName],
        _ request: PlanRequest
    ) async throws -> PreparedPlan {
        let releases = try await releases(text, for: environment, services: services)
        var contents: [Content] = []
        var parts: [MoveParts] = []
        let view = try await projector.environment(environment)
        let ran = try await projector.deployments(of: nil, in: environment)
        for release in releases {
            let (bundle, kept) = try bundleMaker.bundle(release, for: environment)
            contents += kept
            var part = MoveParts(bundle: bundle, bundleHash: try bundle.content().hash)
            try await complete(&part, view)
            // A deploy of an earlier release is a rollback, whatever its name.
            // Redeploying the current release is no rollback: its migrations stay.
            let state = view[release.service]
            let isRunning =
                state?.presentRuns == true && state?.release?.runsTheSame(as: release) == true
            if !isRunning, let last = ran.last(where: { $0.release.runsTheSame(as: release) }),
                let entry = try await store.entry(at: last.entry)
            {
                try await addWhatIsUndone(&part, since: entry, view)
            }
            parts.append(part)
        }
        var request = request
        let named = Set(releases.map(\.service))
        // Named services exclude all others.
        request.stays =
            services.isEmpty
            ? playbook.services(in: environment).filter { !named.contains($0) } : []
        return try await prepare(request, view, parts, contents)
    }

    /// Plans a revert to the target, with the bundles that were kept when it was deployed.
    public func revert(
        to target: Target, in environment: EnvironmentName, services: [ServiceName],
        _ request: PlanRequest
    ) async throws -> PreparedPlan {
        try await sealed(environment).planRevert(to: target, in: environment, services, request)
    }

    private func planRevert(
        to target: Target, in environment: EnvironmentName, _ services: [ServiceName],
        _ request: PlanRequest
    ) async throws -> PreparedPlan {
        let view = try await projector.environment(environment)
        let past = try await past(target, in: environment, view, services: services)
        var parts: [MoveParts] = []
        for (service, entry) in past {
            var part = try await part(for: entry, service, environment)
            try await complete(&part, view)
            try await addWhatIsUndone(&part, since: entry, view)
            part.stale = try bundleMaker.stale(part.bundle)
            part.takesBack = try await takesBack(part.bundle.release, service, environment)
            parts.append(part)
        }
        return try await prepare(request, view, parts, [])
    }

    /// Adds the migrations since the target ran.
    private func addWhatIsUndone(
        _ part: inout MoveParts, since past: Entry, _ view: EnvironmentView
    ) async throws {
        let target = part.bundle.release
        part.ranUntil = past.sequence
        part.migrations = try await projector.migrations(
            of: target.service, in: view.name, after: past)
        part.missing = try await projector.missingMigrations(
            of: target.service, in: view.name, after: past)
    }

    private func prepare(
        _ request: PlanRequest, _ view: EnvironmentView, _ parts: [MoveParts], _ contents: [Content]
    ) async throws -> PreparedPlan {
        guard let place = playbook.environments[view.name] else {
            throw Refusal(.unknownName, "the playbook does not define \"\(view.name)\"")
        }
        var hashes: [String: String] = [:]
        let settings = Set(
            parts.flatMap {
                Array($0.bundle.variables.keys) + Array($0.present?.variables.keys ?? [:].keys)
            })
        for name in parts.flatMap({ Array($0.bundle.secrets.keys) }) + settings {
            hashes[name] = bundleMaker.key.hash(bundleMaker.variables[name], of: name)
        }
        var parts = parts
        for index in parts.indices { parts[index].hashes = hashes }
        var request = request
        request.reason = request.reason.map(recorder.secretFilter.redacted)
        var plan = try Plan.make(
            request, in: view, place: place, parts: parts,
            by: recorder.surroundings.author, now: recorder.surroundings.now())
        plan.signers = try place.signers.map { try signers($0, plan) }
        plan.playbook = playbook.hash
        if !settings.isEmpty { plan.settings = hashes.filter { settings.contains($0.key) } }
        var contents = contents
        if let configuration = try bundleMaker.sshConfiguration() {
            plan.sshConfiguration = configuration.hash
            contents.append(configuration)
        }
        try await refuseWeaker(&plan)
        // Only now: the rules that ask a person for a reason have been checked without it.
        if plan.drill == true, plan.reason == nil { plan.reason = "drill" }
        plan.warnings += try await movedTags(parts)
        plan.warnings += try missingSecrets(parts, plan)
        let content = try plan.content()
        // A dry run reports it too.
        if !plan.moves.isEmpty {
            try await recorder.consider(.plan(plan, hash: content.hash), in: view.name)
        }
        return PreparedPlan(
            plan: plan, hash: content.hash, contents: contents + [content],
            bundles: parts.map(\.bundle))
    }

    /// A playbook with weaker rules than the last one used requires a reason. The plan records
    /// which rules are weaker.
    private func refuseWeaker(_ plan: inout Plan) async throws {
        guard
            let (last, former) = try await recorder.lastUsedPlan(in: plan.environment, projector)
        else { return }
        let weaker = Strictness.weaker(plan, than: former)
        if weaker.isEmpty { return }
        plan.weaker = weaker
        plan.warnings.append(
            "the playbook has weaker rules than the one of run \(last.number): "
                + weaker.joined(separator: "; "))
        if plan.moves.isEmpty { return }
        if plan.drill == true {
            throw Refusal(
                .policy,
                "a drill cannot use weaker rules for \(plan.environment) than the last run",
                cause: weaker.joined(separator: "; "),
                hint: "use the playbook of run \(last.number)")
        }
        guard plan.reason == nil else { return }
        throw Refusal(
            .policy, "the playbook has weaker rules for \(plan.environment) than the last one used",
            cause: weaker.joined(separator: "; "),
            hint: "use the playbook of run \(last.number), or give a reason: --reason …")
    }

    /// The allowed-signers file. Throws `Refusal` if it has fewer signers than required approvals:
    /// the plan could never be approved.
    private func signers(_ path: String, _ plan: Plan) throws -> String {
        let text = try bundleMaker.text(of: path)
        let lines = text.fullLines.filter {
            !$0.begins(with: "#") && $0.holds(" ")
        }
        if lines.count >= plan.approvalsNeeded { return text }
        throw Refusal(
            .notPossible, "\(path) lists too few signers",
            cause: "it has \(lines.count); the policy requires \(plan.approvalsNeeded)",
            hint: "one line for each: NAME@example.org ssh-ed25519 AAAA… (ssh-keygen(1), ALLOWED "
                + "SIGNERS)")
    }

    // MARK: Deploy

    /// The releases that a text names, for the services that have it. A tag of the source
    /// repository counts for all services, if no service has an image with that tag.
    private func releases(
        _ text: String, for environment: EnvironmentName, services: [ServiceName]
    ) async throws -> [Release] {
        let candidates = try candidates(services, in: environment)
        var own: [Release] = []
        var common: [Release] = []
        for service in candidates {
            guard let release = try await projector.release(text, of: service, for: environment)
            else { continue }
            let ofRepository = release.digest == nil && release.tag?.rawValue == text
            if ofRepository { common.append(release) } else { own.append(release) }
        }
        let releases = own.isEmpty ? common : own
        if releases.isEmpty {
            throw Refusal(
                .unknownName, "unknown release \"\(text)\"",
                cause: "the ledger has no image, build or tag of that name for "
                    + candidates.map(\.rawValue).joined(separator: ", "),
                hint: try await projector.hint(for: text, in: nil))
        }
        return releases
    }

    private func candidates(
        _ services: [ServiceName], in environment: EnvironmentName
    ) throws -> [ServiceName] {
        let known = playbook.services(in: environment)
        for service in services where !known.contains(service) {
            throw Refusal(
                .unknownName, "unknown service \"\(service)\" in \(environment)",
                cause: "known services: \(known.map(\.rawValue).joined(separator: ", "))",
                hint: nearest(to: service.rawValue, among: known.map(\.rawValue))
                    .map { "did you mean \($0)?" })
        }
        return services.isEmpty ? known : known.filter(services.contains)
    }

    // MARK: Revert

    /// For each service, the entry that finished the deploy of the rollback target.
    func past(
        _ target: Target, in environment: EnvironmentName, _ view: EnvironmentView,
        services: [ServiceName]
    ) async throws -> [(ServiceName, Entry)] {
        if view.services.allSatisfy({ $0.release == nil }) {
            throw Refusal(
                .notPossible, "no rollback target: nothing ever ran in \(environment)",
                hint: Hint("deploy something", run: "ledger deploy TAG -e \(shell: environment)"))
        }
        for service in services where view[service] == nil {
            throw Refusal(
                .unknownName, "\(service) never ran in \(environment)",
                cause: "services: \(view.services.map(\.service.rawValue).joined(separator: ", "))")
        }
        var wanted = view.services.map(\.service).filter {
            services.isEmpty || services.contains($0)
        }
        // If a run is half-way, its previous releases are the target. Services that the run never
        // moved keep theirs.
        let halfWay = wanted.filter { view[$0]?.presentRuns == false }
        if target == .previous, services.isEmpty, !halfWay.isEmpty { wanted = halfWay }
        var result: [(ServiceName, Entry)] = []
        for service in wanted {
            if let entry = try await pastEntry(target, of: service, in: environment, view) {
                result.append((service, entry))
            }
        }
        if result.isEmpty { throw try await nowhere(target, environment) }
        return result
    }

    private func pastEntry(
        _ target: Target, of service: ServiceName, in environment: EnvironmentName,
        _ view: EnvironmentView
    ) async throws -> Entry? {
        switch target {
        case .previous:
            let deployments = try await projector.deployments(of: service, in: environment)
            var verified: Set<Int> = []
            for deployment in deployments {
                let entry = try await store.entry(at: deployment.entry)
                if entry?.saysAfterLooking("verified") == true { verified.insert(deployment.entry) }
            }
            let runs = view[service]?.presentRuns ?? true
            let previous = PreviousRelease.previous(in: deployments, presentRuns: runs) { past in
                verified.contains(past.entry) && view.fence(against: past.release) == nil
            }
            guard let previous else { return nil }
            return try await projector.entry(previous.entry)
        case .reference(.release(let text)):
            for var filter in Projector.filters(for: text) {
                filter.kinds = [
                    EventKind.deployFinished.rawValue, EventKind.revertFinished.rawValue,
                ]
                filter.environments = [environment]
                filter.services = [service]
                let entries = try await projector.asCorrected(filter)
                if filter.tags.isEmpty { try Projector.refuseSeveral(entries, called: text) }
                // Others may have recorded the same deploy: our own entry has the bundle.
                for entry in entries where try await store.bundle(of: entry) != nil { return entry }
                if let entry = entries.first { return entry }
            }
            return nil
        case .reference(let reference) where reference.isOfDeploy:
            let past = try await projector.past(reference)
            guard let last = past.last(where: { $0.release.service == service }) else { return nil }
            return try await projector.entry(last.entry)
        case .reference(let reference):
            let sequence = try await projector.sequence(of: reference, in: environment)
            let then = try await projector.environment(environment, at: sequence)
            guard let number = then[service]?.entry else { return nil }
            return try await projector.entry(number)
        }
    }

    private func nowhere(_ target: Target, _ environment: EnvironmentName) async throws -> Refusal {
        switch target {
        case .previous:
            Refusal(
                .notPossible, "\(environment) has no earlier good release",
                cause: "a good release was observed running, is not fenced, and was not undone "
                    + "by a revert",
                hint: Hint(
                    "list the rollback targets", run: "ledger targets -e \(shell: environment)"))
        case .reference(.release(let text)):
            Refusal(
                .unknownName, "\(text) never ran in \(environment)",
                cause: "a revert restores only releases that ran there",
                hint: try await projector.hint(for: text, in: environment))
        case .reference:
            Refusal(
                .notPossible, "nothing ran in \(environment) at that time",
                hint: Hint("show the history", run: "ledger history -e \(shell: environment)"))
        }
    }

    func part(
        for entry: Entry, _ service: ServiceName, _ environment: EnvironmentName
    ) async throws -> MoveParts {
        guard let (kept, hash) = try await store.bundle(of: entry) else {
            let title = Release(entry.subject)?.title ?? "it"
            let other = try await pastEntry(
                .reference(.release(title)), of: service, in: environment,
                try await projector.environment(environment))
            var hasBundle = false
            if let other { hasBundle = try await store.bundle(of: other) != nil }
            throw Refusal(
                .notPossible, "cannot roll back to \(service) \(title)",
                cause: "entry \(entry.sequence) was recorded without a bundle: `ledger` did not "
                    + "run that deploy",
                hint: hasBundle
                    ? Hint(
                        "an earlier deploy of it has one",
                        run: "ledger revert \(shell: title) -e \(shell: environment)")
                    : Hint(
                        "deploy it",
                        run: "ledger deploy \(shell: title) -e \(shell: environment)"))
        }
        // Corrections since then are read from the entry.
        var bundle = kept
        bundle.release = Release(entry.subject) ?? bundle.release
        return MoveParts(bundle: bundle, bundleHash: hash)
    }
}
