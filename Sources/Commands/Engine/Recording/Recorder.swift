public import CommandPorts
public import Commands
public import CommandSecrets
public import Ledger
internal import LedgerText
public import Projections

/// Read → project → decide → append: the only path by which entries are written.
public struct Recorder: Sendable {
    public let store: any EventStore
    public let surroundings: Surroundings
    public let secretFilter: SecretFilter
    /// Receives the entries of commands, once they are on disk.
    private let heard: @Sendable ([Entry]) -> Void
    public var projector: Projector { Projector(store) }

    /// The number of retries after a lost race.
    private static let tries = 100
    /// The allowed difference to clocks of other machines, in seconds.
    static let clockSkew = 600.0

    public init(
        store: any EventStore, surroundings: Surroundings, secretFilter: SecretFilter,
        heard: @escaping @Sendable ([Entry]) -> Void = { _ in }
    ) {
        self.heard = heard
        self.store = store
        self.secretFilter = secretFilter
        // The author is in the header of each entry, which cannot be redacted later.
        var surroundings = surroundings
        let author = surroundings.author
        surroundings.author = Author(name: secretFilter.redacted(author.name), known: author.known)
        self.surroundings = surroundings
    }

    /// A recorder that writes as another author.
    public func acting(as author: Author) -> Recorder {
        var surroundings = surroundings
        surroundings.author = author
        return Recorder(
            store: store, surroundings: surroundings, secretFilter: secretFilter, heard: heard)
    }

    /// A recorder that also removes these secrets from everything it writes.
    func knowing(_ secrets: [String]) -> Recorder {
        Recorder(
            store: store, surroundings: surroundings, secretFilter: secretFilter.knowing(secrets),
            heard: heard)
    }

    // MARK: Facts

    /// Records facts in their order: all or none. A fact whose source is already recorded is not
    /// written again.
    ///
    /// Throws `FieldProblem`, `Refusal` (an unknown kind, a time in the future) or `StoreProblem`.
    public func record(_ facts: [Fact]) async throws -> [Entry] {
        try await recordCounting(facts).entries
    }

    /// As `record`, with the number of entries that this call wrote. Entries of other writers and
    /// earlier records do not count.
    public func recordCounting(
        _ facts: [Fact]
    ) async throws -> (entries: [Entry], new: Int) {
        var groups: [(stream: StreamName, drafts: [Draft])] = []
        var told: [Source: Draft] = [:]
        for fact in facts {
            let (draft, stream) = try draft(of: fact)
            // A batch may contain one fact twice; the store detects contradictions.
            if let source = draft.source {
                if let before = told[source], before.tells(theSameAs: draft) { continue }
                told[source] = draft
            }
            if groups.last?.stream == stream {
                groups[groups.count - 1].drafts.append(draft)
            } else {
                groups.append((stream, [draft]))
            }
        }
        if groups.isEmpty { return ([], 0) }
        let entries = try await store.append(
            groups.map { Append($0.drafts, to: $0.stream, expecting: .any) })
        let ours = Set(groups.flatMap(\.drafts).map(\.id))
        return (entries, entries.count { ours.contains($0.id) })
    }

    /// Records one fact if `allowed` does not throw. After a concurrent fact in the same stream,
    /// `allowed` is called again.
    public func record(_ fact: Fact, if allowed: () async throws -> Void) async throws -> Entry {
        let (draft, stream) = try draft(of: fact)
        var attempt = 0
        while true {
            attempt += 1
            let head = try await store.position(of: stream)
            try await allowed()
            do {
                return try await store.append([draft], to: stream, expecting: .position(head))[0]
            } catch let problem as StoreProblem {
                guard case .conflict = problem.kind, attempt < Self.tries else { throw problem }
                await surroundings.sleep(0.002 * Double(attempt))
            }
        }
    }

    /// Throws the errors that `record` would throw for the fact itself; writes nothing.
    public func check(_ fact: Fact) throws { _ = try draft(of: fact) }

    /// The draft of an outside fact, and its stream. Throws if nobody may record it by hand.
    func draft(of fact: Fact) throws -> (Draft, StreamName) {
        guard EventKind(rawValue: fact.kind) != nil else {
            let kinds = EventKind.allCases.map(\.rawValue)
            throw Refusal(
                .unknownName, "unknown kind of event \"\(fact.kind)\"",
                hint: nearest(to: fact.kind, among: kinds).map { "did you mean \($0)?" }
                    ?? Hint("list the kinds", run: "ledger record --kinds"))
        }
        let now = surroundings.now()
        if let time = fact.time, time.seconds(since: now) > Self.clockSkew {
            throw Refusal(
                .invalid, "\(time) is in the future",
                cause: "the time here is \(now); future events are not recorded",
                hint: "check the time, its zone, and the clock of this machine")
        }
        if let by = fact.by { try Author.check(by.name) }
        if !fact.isChecked {
            try ClaimRules.refuse(fact.kind, secretFilter.redacted(fact.fields))
            try ClaimRules.refuse(fact.source)
            if let field = fact.fields.inexactNumber {
                throw FieldProblem(
                    field: field,
                    reason: "a number beyond 2^53 cannot be kept exactly; "
                        + "write it as a string")
            }
        }
        return try draft(fact, at: now)
    }

    /// The only path from facts and events of commands to drafts: it removes secrets, checks the
    /// fields, and adds id, time and author.
    private func draft(
        _ fact: Fact, at now: Timestamp, cause: EntryID? = nil, correlation: EntryID? = nil
    ) throws -> (Draft, StreamName) {
        let fields = secretFilter.redacted(fact.fields)
        // The fields of an event are valid, unless the filter changed them.
        if !fact.isChecked || fields != fact.fields {
            _ = try Event(kind: fact.kind, fields: fields)
        }
        let draft = try Draft(
            kind: fact.kind, fields: fields, id: surroundings.newID(), time: fact.time ?? now,
            recorded: now,
            by: fact.by.map { Author(name: secretFilter.redacted($0.name), known: $0.known) }
                ?? surroundings.author,
            cause: cause, correlation: correlation,
            source: fact.source.map {
                Source(name: secretFilter.redacted($0.name), id: secretFilter.redacted($0.id))
            }, salt: surroundings.newSalt())
        return (draft, Self.stream(of: draft, fields))
    }

    /// Corrects fields of an entry by name. The entry and the correction both stay.
    ///
    /// Throws `FieldProblem` if the kind has no such field, or `Refusal` if the entry cannot be
    /// corrected.
    public func correct(
        _ wrong: Entry, with fields: [String: String], reason: String
    ) async throws -> Entry {
        try MarkRules.needReason(reason)
        var attempt = 0
        while true {
            attempt += 1
            // Expect the head just read: a concurrent correction must not be overwritten.
            let head = try await store.position(of: Self.place(ofCorrecting: wrong))
            let stands = try await projector.entry(wrong.sequence)?.subject ?? wrong.subject
            let former = try await projector.corrections()[wrong.sequence]
            let correction = try CorrectionRules.correction(
                of: wrong, standing: stands, time: former?.correctedTime, fields, reason)
            let (draft, _) = try draft(of: Fact(correction))
            do {
                return try await store.append(
                    [draft], to: Self.place(ofCorrecting: wrong), expecting: .position(head))[0]
            } catch let problem as StoreProblem {
                guard case .conflict = problem.kind, attempt < Self.tries else { throw problem }
                await surroundings.sleep(0.002 * Double(attempt))
            }
        }
    }

    /// All corrections of an entry are in one stream.
    private static func place(ofCorrecting wrong: Entry) -> StreamName {
        wrong.subject.environment.map(StreamName.environment)
            ?? wrong.subject.service.map(StreamName.service) ?? wrong.stream
    }

    /// The stream to which a fact belongs: its environment, its repository, its service.
    static func stream(of draft: Draft, _ fields: JSONValue) -> StreamName {
        if let environment = draft.subject.environment { return .environment(environment) }
        if let name = fields["repository"]?.string.flatMap(RepositoryName.init(rawValue:)) {
            return .repository(name)
        }
        if let service = draft.subject.service { return .service(service) }
        return .general
    }

    /// A warning if the last entry has a recording time in the future: one of the two clocks is
    /// wrong. New entries then get that time too.
    public func clockWarning() async throws -> String? {
        guard let last = try await last() else { return nil }
        let head = last.sequence
        let now = surroundings.now()
        if last.recorded.seconds(since: now) <= Self.clockSkew { return nil }
        return
            "Warning: entry \(head) was recorded at \(last.recorded), but it is \(now) here: check "
            + "the clocks. Until then new entries get the time \(last.recorded)"
    }

    private func last() async throws -> Entry? {
        try await store.entry(at: try await store.head().sequence)
    }

    /// The present moment, never before the last entry was recorded.
    public func now() async throws -> Timestamp {
        max(surroundings.now(), try await last()?.recorded ?? surroundings.now())
    }

    /// The present time for a plan's expiry. If the planner's clock was ahead, the ledger's time
    /// has not moved since; this time follows the clock.
    public func now(for run: RunView?) async throws -> Timestamp {
        let now = try await now()
        guard let run else { return now }
        let ahead = run.recorded.seconds(since: run.time)
        return max(now, surroundings.now().adding(seconds: ahead))
    }

    // MARK: Commands

    /// Decides a command and appends its entries. Throws `Refusal` if it is refused; nothing is
    /// written then.
    @discardableResult
    public func perform(
        _ command: Command, in environment: EnvironmentName, run: EntryID? = nil,
        cause: EntryID? = nil, keeping contents: [Content] = []
    ) async throws -> [Entry] {
        let stream = StreamName.environment(environment)
        for attempt in 1... {
            let head = try await store.position(of: stream)
            let situation = try await situation(in: environment, run: run, for: command)
            let events = try decide(command, in: situation)
            if events.isEmpty { return [] }
            // The id of the plan's own entry names the run.
            let isPlan = if case .plan = command { true } else { false }
            let drafts = try events.map {
                try draft(
                    Fact($0), at: situation.clock, cause: cause, correlation: isPlan ? nil : run
                ).0
            }
            do {
                let entries = try await store.append(
                    drafts, to: stream, expecting: .position(head), keeping: contents)
                heard(entries)
                return entries
            } catch let problem as StoreProblem {
                guard case .conflict = problem.kind, attempt < Self.tries else { throw problem }
                await surroundings.sleep(0.002 * Double(attempt))
            }
        }
        return []
    }

    /// Throws `Refusal` if the command would be refused now; writes nothing.
    public func consider(_ command: Command, in environment: EnvironmentName) async throws {
        _ = try decide(command, in: try await situation(in: environment, for: command))
    }

    /// The views from which a command on the environment and its run is decided.
    public func situation(
        in environment: EnvironmentName, run: EntryID? = nil, for command: Command? = nil
    ) async throws -> Situation {
        var projector = projector
        var plan: Plan?
        if let run {
            try await refuseForeign(run)
            plan = try await self.plan(of: projector.run(run))
        }
        switch command {
        case .plan(let new, _): projector = try await sealed(environment, new, ancestry: true)
        case .approve, .bypass, .review, .acquire: projector = try await sealed(environment, plan)
        default: break
        }
        // A run that starts or ends meanwhile must not be read half: lease and run belong together.
        var halfWay = try await projector.halfWayRun(in: environment)
        var view = try await projector.environment(environment)
        while case let again = try await projector.halfWayRun(in: environment),
            again?.id != halfWay?.id
        {
            halfWay = again
            view = try await projector.environment(environment)
        }
        var situation = Situation(
            now: try await now(), author: surroundings.author, environment: view)
        situation.clock = surroundings.now()
        if let lease = situation.environment.lease {
            situation.holderIsAlive = surroundings.isHolderAlive(of: lease)
        }
        situation.halfWay = halfWay
        if let run {
            situation.run = try await projector.run(run)
            situation.now = try await now(for: situation.run)
            situation.plan = plan
        }
        switch command {
        case .plan(let new, _):
            situation.eligibilities = try await eligibilities(new, projector)
            for move in new.moves where new.kind == .deploy {
                situation.fences[move.service] = try await projector.fence(
                    against: move.to, in: situation.environment)
            }
        case .acquire: situation.eligibilities = try await eligibilities(plan, projector)
        default: break
        }
        return situation
    }

    /// The source of a plan's decision: only entries, and no view or index.
    private func sealed(
        _ environment: EnvironmentName, _ plan: Plan?, ancestry: Bool = false
    ) async throws -> Projector {
        try await projector.sealed(
            [environment] + (plan?.policy?.after.map(\.environment) ?? []),
            plan?.moves.compactMap(\.to.revision) ?? [], ancestry: ancestry)
    }

    /// A run that was planned in another ledger, and merged or copied, cannot run here.
    private func refuseForeign(_ run: EntryID) async throws {
        guard let planned = try await store.entry(run) else { return }
        if planned.draft.source == nil, planned.sequence > (try await store.copied()) { return }
        throw Refusal(
            .notPossible, "run \(planned.sequence) was planned in another ledger",
            cause: "its plan and its approvals belong to the other ledger",
            hint: Hint(
                "make a new plan",
                run:
                    "ledger plan deploy TAG -e \(shell: planned.subject.environment?.rawValue ?? "ENVIRONMENT")"
            ))
    }

    /// The eligibility of a plan's releases under its policy.
    private func eligibilities(
        _ plan: Plan?, _ projector: Projector
    ) async throws -> [ServiceName: Eligibility] {
        guard let plan, plan.kind == .deploy, let policy = plan.policy else { return [:] }
        var eligibilities: [ServiceName: Eligibility] = [:]
        for move in plan.moves {
            eligibilities[move.service] = try await projector.eligibility(
                of: move.to, in: policy.after.map(\.environment))
        }
        return eligibilities
    }

    /// The token of the environment's lease, if its holder's process is known to have ended.
    public func goneLease(in environment: EnvironmentName) async throws -> Int? {
        guard let lease = try await projector.environment(environment).lease,
            surroundings.isHolderAlive(of: lease) == false
        else { return nil }
        return lease.token
    }

    /// The last run that began in an environment, with its plan: its rules hold until a person
    /// gives a reason for weaker ones. `projector` must be sealed: only entries decide.
    public func lastUsedPlan(
        in environment: EnvironmentName, _ projector: Projector
    ) async throws -> (run: RunView, plan: Plan)? {
        let last = try await projector.runs(in: environment).first(where: \.hasBegunHere)
        guard let last, let plan = try await plan(of: last) else { return nil }
        return (last, plan)
    }

    /// The plan of a run, from the ledger's kept contents.
    public func plan(of run: RunView?) async throws -> Plan? {
        guard let hash = run?.plan else { return nil }
        guard let bytes = try await store.content(hash) else {
            throw StoreProblem(
                .damaged, "the plan of run \(run?.number ?? 0) is not in the ledger",
                cause: "no content has the hash \(hash)", hint: "run `ledger verify`")
        }
        return try Plan(content: bytes)
    }
}
