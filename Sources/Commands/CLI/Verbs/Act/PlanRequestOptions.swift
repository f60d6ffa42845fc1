internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// The options of a request for a plan. `plan` and the command itself read them alike.
protocol PlanRequestOptions: ParsableArguments {
    associatedtype Request: PlanAction
    var options: PlanOptions { get }
    /// The request, with what only some verbs have.
    func request(_ hosts: HostsOption, _ wait: WaitOption?) throws -> Request
}

extension PlanRequestOptions {
    /// Plans, shows, asks, runs and reports.
    func carryOut(_ wiring: Wiring, _ run: RunOptions) async throws -> Answer {
        try await run.proof.refuseUnsigned(wiring)
        let request = try request(run.hosts, run.wait)
        return try await wiring.acting(waiting: run.wait) { desk in
            let dialog = PlanDialog(
                wiring: wiring, desk: desk, isDryRun: options.dryRun, reason: options.reason,
                yes: run.yes, glass: run.glass, proof: run.proof)
            return try await dialog.carryOut(try await request.proposal(at: desk))
        }
    }

    /// Plans, records the plan, and requests approval.
    func plan(_ wiring: Wiring, _ hosts: HostsOption) async throws -> Answer {
        let request = try request(hosts, nil)
        return try await wiring.acting { desk in
            let proposal = try await request.proposal(at: desk)
            if proposal.plan.moves.isEmpty {
                return try await PlanDialog(wiring: wiring, desk: desk, isDryRun: options.dryRun)
                    .nothingToDo(proposal)
            }
            if options.dryRun { return PlanText.dryRun(proposal, nil) }
            let run = try await proposal.record(at: desk)
            return PlanText.requested(proposal, run.number)
        }
    }
}

/// The options of a command that runs its plan.
struct RunOptions: ParsableArguments {
    @OptionGroup var yes: YesOptions
    @OptionGroup var glass: GlassOptions
    @OptionGroup var hosts: HostsOption
    @OptionGroup var wait: WaitOption
    @OptionGroup var proof: ReceiptOption
}

struct DeployOptions: PlanRequestOptions {
    @Argument(help: PlanDeploy.help("tag"), completion: .live(.tags))
    var tag: String
    @OptionGroup var environment: EnvironmentOption
    @Flag(help: "If it fails, roll back and exit 7. Same as --on-failure back.")
    var revertOnFailure = false
    @OptionGroup var options: PlanOptions

    func request(_ hosts: HostsOption, _ wait: WaitOption?) throws -> PlanDeploy {
        var terms = options.terms(hosts, wait)
        if revertOnFailure, options.onFailure == .stop {
            throw Refusal(
                .invalid, "--revert-on-failure contradicts --on-failure stop",
                hint: "give one of them")
        }
        if revertOnFailure { terms.onFailure = .back }
        return PlanDeploy(tag, environment: environment.environment, terms: terms)
    }
}

struct RevertOptions: PlanRequestOptions {
    @OptionGroup var target: TargetOption
    @OptionGroup var environment: EnvironmentOption
    @OptionGroup var options: PlanOptions

    func request(_ hosts: HostsOption, _ wait: WaitOption?) -> PlanRevert {
        PlanRevert(
            target.name, environment: environment.environment, terms: options.terms(hosts, wait))
    }
}

/// The rollback target of a revert.
struct TargetOption: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A release that ran there (v0.9.9), a deploy in its history (production~2, "
                + "production#42), a time, or previous. Without it the targets are listed.",
            valueName: "target"), completion: .live(.tags))
    var place: String?
    @Option(
        name: .customLong("to"),
        help: ArgumentHelp("The rollback target, as an option.", valueName: "target"),
        completion: .live(.tags))
    var option: String?

    /// The target as it was written; `nil` if none is.
    var name: String? { place ?? option }

    func validate() throws {
        if place != nil, option != nil {
            throw ValidationError("name the target once: as an argument, or with --to")
        }
    }
}
