internal import ArgumentParser
internal import CommandExporters
internal import CommandPorts
internal import FoundationEssentials
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// `ledger export`
struct ExportVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Export the ledger for other programs",
        discussion: "docs/exporting.md describes the formats.",
        subcommands: [
            ExportJSONLinesVerb.self, ExportCSVVerb.self, ExportCloudEventsVerb.self,
            ExportCDEventsVerb.self, ExportStatementVerb.self, ExportTilesVerb.self,
        ])
}

/// `ledger export jsonl`
struct ExportJSONLinesVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jsonl", abstract: "Export the whole ledger as JSON lines, for import",
        discussion: """
            An imported copy has the same entries, the same stored contents and the same root.

            Example: ledger export jsonl > ledger.jsonl
            ledger init --db copy/ledger.db; ledger import jsonl ledger.jsonl --db copy/ledger.db
            """)
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let wiring = Wiring(shared)
        defer { wiring.console.finish() }
        try await wiring.asking { desk in
            let projector = desk.projector
            let store = projector.store
            // Entries that are appended after this head are not exported.
            let head = try await store.head()
            wiring.console.exact(CopyLine.head(head).text)
            var after: ContentHash?
            while true {
                let hashes = try await store.contentHashes(after: after, limit: Limits.page)
                for hash in hashes {
                    guard let bytes = try await store.content(hash) else { continue }
                    wiring.console.exact(CopyLine.content(Content(bytes)).text)
                }
                guard hashes.count == Limits.page else { break }
                after = hashes.last
            }
            var filter = EntryFilter()
            filter.sequences = 1...max(1, head.sequence)
            if head.sequence == 0 { return }
            try await store.each(filter) { wiring.console.exact(CopyLine.entry($0).text) }
        }
    }
}

/// `ledger export csv`
struct ExportCSVVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "csv", abstract: "Entries as a table for spreadsheets (RFC 4180)",
        discussion: "Example: ledger export csv -e production --kind deploy > deploys.csv")
    @OptionGroup var filters: FilterOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let wiring = Wiring(shared)
        let heading = { wiring.console.exact(CSVTable.heading) }
        try await wiring.exporting(filters, under: heading) { entry, _ in
            wiring.console.exact(CSVTable.line(of: entry))
        }
    }
}

/// The address that identifies this ledger to other programs.
struct SourceOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The address that identifies this ledger, a URI reference. The entry's stream is "
                + "appended.", valueName: "uri"))
    var source = "/ledger"

    func validate() throws {
        let isReference = source.utf8.allSatisfy { byte in
            (33...126).contains(byte) && !"\"<>\\^`{|}".utf8.contains(byte)
        }
        guard isReference, !source.isEmpty else {
            throw ValidationError("--source requires a URI reference (RFC 3986): /acme/ledger")
        }
    }

    var address: String { source.ends(with: "/") ? String(source.dropLast()) : source }
}

/// `ledger export cloudevents`
struct ExportCloudEventsVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cloudevents", abstract: "Entries as CloudEvents 1.0, one per line",
        discussion: "Example: ledger export cloudevents -e production --source /acme/ledger")
    @OptionGroup var filters: FilterOptions
    @OptionGroup var source: SourceOption
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let wiring = Wiring(shared)
        try await wiring.exporting(filters) { entry, _ in
            wiring.console.exact(
                Canonical.text(CloudEvent.value(of: entry, source: source.address)))
        }
    }
}

/// `ledger export cdevents`
struct ExportCDEventsVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cdevents", abstract: "Entries as CDEvents 0.5.1, one per line",
        discussion: """
            An entry that was imported from a CDEvent is exported as that event. An entry without \
            a CDEvents type is exported as a custom event, dev.cdeventsx.ledger-….

            Example: ledger export cdevents -e production --source /acme/ledger
            """)
    @OptionGroup var filters: FilterOptions
    @OptionGroup var source: SourceOption
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let wiring = Wiring(shared)
        var told: Set<EntryID> = []
        try await wiring.exporting(filters) { entry, store in
            // The original CDEvent is exported once instead of its facts, even if the filter
            // matches only the facts.
            let cause = try await Self.delivery(entry, store)
            guard let own = try await Self.own(cause ?? entry, store) else {
                let event = CDEvent.value(of: entry, source: source.address)
                return wiring.console.exact(Canonical.text(event))
            }
            if told.insert((cause ?? entry).id).inserted {
                wiring.console.exact(Canonical.text(own))
            }
        }
    }

    /// The delivery that contained a fact.
    private static func delivery(_ entry: Entry, _ store: any EventReader) async throws -> Entry? {
        guard let cause = entry.draft.cause else { return nil }
        return try await store.entry(cause)
    }

    /// The original CDEvent of a delivery; `nil` if the entry is not such a delivery.
    private static func own(_ entry: Entry, _ store: any EventReader) async throws -> JSONValue? {
        guard let body = told(entry), let bytes = try await store.content(body) else { return nil }
        return (try? JSONValue(parsing: bytes)).flatMap(CDEventTypes.raised)
    }

    /// The body of a delivery that was a CDEvent.
    private static func told(_ entry: Entry) -> ContentHash? {
        guard case .received(let delivery) = entry.event, delivery.from == "cdevents" else {
            return nil
        }
        return delivery.body
    }
}

/// `ledger export statement`
struct ExportStatementVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statement",
        abstract: "A finished deploy or revert as an in-toto statement, signed if a key is given",
        discussion: """
            With a key, the output is a DSSE envelope, the format of image attestations.

            Example: openssl genpkey -algorithm ed25519 -out key.pem
            ledger export statement 118 --key key.pem
            """)
    @Argument(help: "The entry's sequence: a deploy.finished or revert.finished.")
    var entry: Int
    @Option(help: "The file of an Ed25519 private key (PEM, PKCS#8).")
    var key: String?
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let wiring = Wiring(shared)
        defer { wiring.console.finish() }
        try await wiring.asking { desk in
            let projector = desk.projector
            let head = try await projector.store.head()
            let statement = try InTotoStatement.value(
                of: try await projector.store.existing(entry), head: head)
            guard let key else { return wiring.console.exact(Canonical.text(statement)) }
            let pem = FileManager.default.contents(atPath: key)
            guard
                let key = pem.flatMap({ DSSEEnvelope.key(pem: String(decoding: $0, as: UTF8.self)) }
                )
            else {
                throw Refusal(
                    .invalid, "\(key) does not contain an Ed25519 private key",
                    cause: pem == nil ? "it cannot be read" : nil,
                    hint: "create a key: openssl genpkey -algorithm ed25519 -out key.pem")
            }
            wiring.console.exact(Canonical.text(try DSSEEnvelope.value(of: statement, key: key)))
        }
    }
}

extension Wiring {
    /// Passes the matching entries to `body`, oldest first. The heading is printed even without
    /// entries, but not before a refusal.
    fileprivate func exporting(
        _ filters: FilterOptions, under heading: () -> Void = {},
        _ body: (Entry, any EventReader) async throws -> Void
    ) async throws {
        defer { console.finish() }
        try await asking { desk in
            let projector = desk.projector
            let selection = filters.selection()
            let filter = try await selection.filter(at: desk)
            var isEmpty = true
            try await projector.store.each(filter) { entry in
                if isEmpty { heading() }
                isEmpty = false
                try await body(entry, projector.store)
            }
            if isEmpty {
                try await selection.refuseUnknown(filter, at: desk)
                heading()
            }
        }
    }
}
