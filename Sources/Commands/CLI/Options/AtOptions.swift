internal import ArgumentParser
internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerText

/// The environment of a verb.
struct EnvironmentOption: ParsableArguments {
    @Option(name: .shortAndLong, help: "The environment.", completion: .live(.environments))
    var environment: String?
}

extension EnvironmentOption: ScannedOptions {
    static var blank: Self {
        var blank = Self()
        blank.environment = nil
        return blank
    }

    mutating func take(_ scan: inout LineScan) -> Bool {
        switch scan.name {
        case "--environment", "-e": scan.read(&environment)
        default: return false
        }
        return true
    }
}

/// The sequence, time or tag as of which a query is answered.
struct AtOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "As recorded by then: a sequence, a time, a tag, or a reference like "
                + "production~2.", valueName: "reference"))
    var at: String?
}

extension AtOption: ScannedOptions {
    static var blank: Self {
        var blank = Self()
        blank.at = nil
        return blank
    }

    mutating func take(_ scan: inout LineScan) -> Bool {
        switch scan.name {
        case "--at": scan.read(&at)
        default: return false
        }
        return true
    }
}

/// The moment as of which a query about a state is answered.
struct AtOptions: ParsableArguments {
    @OptionGroup var known: AtOption
    var at: String? { known.at }

    @Option(
        help: ArgumentHelp(
            "At a time, with everything known today (by when events happened).",
            valueName: "time"))
    var trueAt: String?

    func validate() throws {
        if at != nil, trueAt != nil {
            throw ValidationError("--at and --true-at cannot be combined")
        }
    }
}

extension AtOptions: ScannedOptions {
    static var blank: Self {
        var blank = Self()
        blank.known = .blank
        blank.trueAt = nil
        return blank
    }

    mutating func take(_ scan: inout LineScan) -> Bool {
        switch scan.name {
        case "--true-at": scan.read(&trueAt)
        default: return known.take(&scan)
        }
        return true
    }

    mutating func validateAll() throws {
        try validate()
    }
}
