internal import ArgumentParser
internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerText

enum OnFailure: String, ExpressibleByArgument, CaseIterable { case stop, back }

/// The options of a plan.
struct PlanOptions: ParsableArguments {
    @Option(
        name: .customLong("service"), help: "Only this service (may be repeated).",
        completion: .live(.services))
    var services: [String] = []

    @Flag(
        name: [.customShort("n"), .long],
        help: "Show the plan only. Exit 0: no change, 2: changes, 3: refused."
    )
    var dryRun = false

    @Option(help: "If a step fails: stop (the default), or restore the previous release (back).")
    var onFailure: OnFailure?

    @Option(help: "The reason.")
    var reason: String?

    @Flag(help: "Run the steps even if the release already runs.")
    var again = false

    @Option(
        name: .customLong("accept-migration"),
        help: "Roll back past this irreversible migration (requires --reason).")
    var accepted: [String] = []

    @Option(
        name: .customLong("without-volume"),
        help: "Continue without this volume of the current release (requires --reason).")
    var without: [String] = []

    @Option(
        name: .customLong("accept-drift"),
        help: "Continue although this host runs an unrecorded release (may be repeated).")
    var drift: [String] = []

    @Flag(
        name: .customLong("override-freeze"),
        help: "Deploy during a freeze (requires --reason); the plan's entry records it.")
    var overridesFreeze = false

    var names: [ServiceName] {
        get throws {
            try services.map { try ServiceName($0) }
        }
    }
}

/// The hosts of an environment on which a run acts.
struct HostsOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only these hosts now (web1,web2); `runs resume` updates the others.",
            valueName: "hosts"))
    var hosts: String?

    /// The hosts, which must belong to the plan; `nil`: all.
    func names(in plan: Plan) throws -> Set<HostName>? {
        guard let hosts else { return nil }
        let names = try hosts.parts(separator: ",").map { try HostName(String($0)) }
        for name in names where !plan.hosts.contains(name) {
            throw Refusal(
                .unknownName, "\(plan.environment) does not have a host \"\(name)\"",
                cause: "known hosts: \(plan.hosts.map(\.rawValue).joined(separator: ", "))",
                hint: nearest(to: name.rawValue, among: plan.hosts.map(\.rawValue))
                    .map { "did you mean \($0)?" })
        }
        return Set(names)
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
