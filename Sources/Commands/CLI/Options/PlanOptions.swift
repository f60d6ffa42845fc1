public import ArgumentParser
internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerOperations
internal import LedgerText

extension Plan.OnFailure: ExpressibleByArgument {}

/// The options of a plan.
struct PlanOptions: ParsableArguments {
    @Option(
        name: .customLong("service"), help: PlanTerms.help("services"),
        completion: .live(.services))
    var services: [String] = []

    @Flag(
        name: [.customShort("n"), .long],
        help: "Show the plan only. Exit 0: no change, 2: changes, 3: refused, 4: approvals missing."
    )
    var dryRun = false

    @Option(help: PlanTerms.help("onFailure"))
    var onFailure: Plan.OnFailure?

    @Option(help: PlanTerms.help("reason"))
    var reason: String?

    @Flag(help: PlanTerms.help("again"))
    var again = false

    @Option(
        name: .customLong("accept-migration"), help: PlanTerms.help("acceptedMigrations"))
    var accepted: [String] = []

    @Option(name: .customLong("without-volume"), help: PlanTerms.help("withoutVolumes"))
    var without: [String] = []

    @Option(name: .customLong("accept-drift"), help: PlanTerms.help("acceptedDrift"))
    var drift: [String] = []

    @Flag(name: .customLong("override-freeze"), help: PlanTerms.help("overridesFreeze"))
    var overridesFreeze = false

    /// The terms of the request, with what only some verbs have.
    func terms(_ hosts: HostsOption?, _ wait: WaitOption?) -> PlanTerms {
        var terms = PlanTerms()
        terms.services = services
        terms.onFailure = onFailure ?? .stop
        terms.reason = reason
        terms.again = again
        terms.acceptedMigrations = accepted
        terms.withoutVolumes = without
        terms.acceptedDrift = drift
        terms.overridesFreeze = overridesFreeze
        terms.hosts = hosts?.names
        terms.wait = wait?.wait
        terms.dryRun = dryRun
        return terms
    }
}

/// The hosts of an environment on which a run acts.
struct HostsOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only these hosts now (web1,web2); `runs resume` updates the others.",
            valueName: "hosts"))
    var hosts: [String] = []

    /// The names; `nil`: all hosts.
    var names: [String]? {
        hosts.isEmpty ? nil : hosts.flatMap { $0.parts(separator: ",").map(String.init) }
    }
}

/// The options of break-glass: run without the required approvals.
struct GlassOptions: ParsableArguments {
    @Flag(
        help:
            "Run without the approvals; requires --key, --reason, and permission by the policy."
    )
    var breakGlass = false

    @Option(help: "The key that signs --break-glass: its file, or the .pub file of an agent's key.")
    var key: String?

    func validate() throws {
        if breakGlass, key == nil { throw ValidationError("--break-glass requires --key") }
        if key != nil, !breakGlass { throw ValidationError("--key requires --break-glass") }
    }
}

/// How a plan is confirmed beforehand.
struct YesOptions: ParsableArguments {
    @Flag(name: [.customShort("y"), .long], help: "Confirm the plan without a prompt.")
    var yes = false

    @Option(help: "Confirm the plan of a protected environment by its name.")
    var confirm: String?

    /// A confirmation that was given on the command line, for the whole plan.
    static var given: YesOptions {
        var options = YesOptions()
        (options.yes, options.confirm) = (true, nil)
        return options
    }
}
