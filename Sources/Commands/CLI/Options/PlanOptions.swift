internal import ArgumentParser
internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerText

enum OnFailure: String, ExpressibleByArgument, CaseIterable { case stop, back }

/// What is wanted of a plan.
struct PlanOptions: ParsableArguments {
    @Option(name: .customLong("service"), help: "Only this service (may be repeated).")
    var services: [String] = []

    @Flag(
        name: [.customShort("n"), .long],
        help: "Do everything but act: 2 if there is something to do, 0 if not, 3 if it is refused."
    )
    var dryRun = false

    @Option(help: "If a step fails: stop (the default), or put back what ran before (back).")
    var onFailure: OnFailure?

    @Option(help: "Why.")
    var reason: String?

    @Flag(help: "Run the steps even if the release runs already.")
    var again = false

    @Option(
        name: .customLong("accept-migration"),
        help: "Go back over this irreversible migration (wants --reason).")
    var accepted: [String] = []

    @Option(
        name: .customLong("without-volume"),
        help: "Go on without this volume of the present release (wants --reason).")
    var without: [String] = []

    @Option(
        name: .customLong("accept-drift"),
        help: "Go on although this host runs what the ledger does not have (may be repeated).")
    var drift: [String] = []

    @Flag(
        name: .customLong("override-freeze"),
        help: "Go out in spite of a freeze (wants --reason); the plan's entry says so.")
    var overridesFreeze = false

    var names: [ServiceName] {
        get throws {
            try services.map { try ServiceName($0) }
        }
    }
}

/// On which hosts of an environment a run acts.
struct HostsOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only these hosts now (web1,web2); `runs resume` does the rest.", valueName: "hosts"))
    var hosts: String?

    /// The hosts, which must be the plan's; `nil`: all.
    func names(in plan: Plan) throws -> Set<HostName>? {
        guard let hosts else { return nil }
        let names = try hosts.parts(separator: ",").map { try HostName(String($0)) }
        for name in names where !plan.hosts.contains(name) {
            throw Refusal(
                .unknownName, "\(plan.environment) has no host \"\(name)\"",
                cause: "it has \(plan.hosts.map(\.rawValue).joined(separator: ", "))",
                hint: nearest(to: name.rawValue, among: plan.hosts.map(\.rawValue))
                    .map { "did you mean \($0)?" })
        }
        return Set(names)
    }
}

/// The options of break-glass: to go on without approvals.
struct GlassOptions: ParsableArguments {
    @Flag(
        help:
            "Go on without the approvals of others: wants --key, --reason, and to be listed by the policy."
    )
    var breakGlass = false

    @Option(help: "What --break-glass is signed with: a key's file, or the .pub of an agent's key.")
    var key: String?

    func validate() throws {
        if breakGlass, key == nil { throw ValidationError("--break-glass wants a --key") }
        if key != nil, !breakGlass { throw ValidationError("--key goes with --break-glass") }
    }
}

/// How a yes to a plan is given beforehand.
struct YesOptions: ParsableArguments {
    @Flag(name: [.customShort("y"), .long], help: "Yes to the plan, without a question.")
    var yes = false

    @Option(help: "The protected environment's name, typed out as a yes to its plan.")
    var confirm: String?

    /// A yes that was given already, to the whole.
    static var given: YesOptions {
        var options = YesOptions()
        (options.yes, options.confirm) = (true, nil)
        return options
    }
}
