internal import ArgumentParser
internal import CommandPorts
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// Flags that narrow a list of entries.
struct FilterOptions: ParsableArguments {
    @Option(
        name: [.customShort("e"), .customLong("environment")], help: "Only this environment.",
        completion: .live(.environments))
    var environments: [String] = []
    @Option(name: .customLong("service"), help: "Only this service.", completion: .live(.services))
    var services: [String] = []
    @Option(name: .customLong("tag"), help: "Only this tag.", completion: .live(.tags))
    var tags: [String] = []
    @Option(name: .customLong("revision"), help: "Only this commit (or its first digits).")
    var revisions: [String] = []
    @Option(name: .customLong("digest"), help: "Only this image digest (or its first digits).")
    var digests: [String] = []
    @Option(
        name: .customLong("kind"), help: "Only this kind (deploy.finished) or family (deploy).",
        completion: .live(.kinds))
    var kinds: [String] = []
    @Option(
        name: [.customLong("by"), .customLong("author")],
        help: "Only entries by this person or program.")
    var authors: [String] = []
    @Option(name: .customLong("status"), help: "Only this outcome: succeeded, failed, finished, …")
    var outcomes: [String] = []
    @Option(help: "Only events at or after this time.")
    var since: String?
    @Option(help: "Only events before this time.")
    var until: String?
    @Option(name: .customLong("text"), help: "Only entries that contain this text.")
    var text: String?
    @Option(name: .customLong("run"), help: "Only the entries of this run.")
    var runNumber: Int?

    /// Whether single entries are asked for, rather than what happened.
    var selectsEntries: Bool {
        !kinds.isEmpty || !outcomes.isEmpty || text != nil || runNumber != nil || !digests.isEmpty
            || !revisions.isEmpty || !tags.isEmpty || !authors.isEmpty
    }

    /// The selection, with what only some verbs have.
    func selection(range: String? = nil, at: AtOption? = nil) -> EntrySelection {
        var selection = EntrySelection()
        (selection.environments, selection.services) = (environments, services)
        (selection.tags, selection.revisions, selection.digests) = (tags, revisions, digests)
        (selection.kinds, selection.authors, selection.outcomes) = (kinds, authors, outcomes)
        (selection.since, selection.until) = (since, until)
        (selection.text, selection.run) = (text, runNumber)
        (selection.range, selection.at) = (range, at?.at)
        return selection
    }
}

extension FilterOptions: ScannedOptions {
    static var blank: Self {
        var blank = Self()
        (blank.environments, blank.services, blank.tags) = ([], [], [])
        (blank.revisions, blank.digests, blank.kinds) = ([], [], [])
        (blank.authors, blank.outcomes) = ([], [])
        (blank.since, blank.until, blank.text, blank.runNumber) = (nil, nil, nil, nil)
        return blank
    }

    mutating func take(_ scan: inout LineScan) -> Bool {
        switch scan.name {
        case "--environment", "-e": scan.read(&environments)
        case "--service": scan.read(&services)
        case "--tag": scan.read(&tags)
        case "--revision": scan.read(&revisions)
        case "--digest": scan.read(&digests)
        case "--kind": scan.read(&kinds)
        case "--by", "--author": scan.read(&authors)
        case "--status": scan.read(&outcomes)
        case "--since": scan.read(&since)
        case "--until": scan.read(&until)
        case "--text": scan.read(&text)
        case "--run": scan.read(&runNumber)
        default: return false
        }
        return true
    }
}
