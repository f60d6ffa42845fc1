internal import CommandPorts
public import Commands
public import Ledger
internal import Projections

extension EventReader {
    /// The bundle that is kept under a hash; `nil` if there is none. Throws `FieldProblem` or
    /// `JSONProblem` if what is kept is no bundle.
    public func bundle(_ hash: ContentHash) async throws -> Bundle? {
        try await content(hash).map { try Bundle(content: $0) }
    }

    /// The bundle with which this ledger's own run brought the release of an entry, with its hash;
    /// `nil` if there is none.
    ///
    /// A bundle is only what the run itself kept: the entry belongs to a run that was planned here,
    /// the kept plan names the bundle for this service and environment, and the bundle says the
    /// same of itself. Nothing that was reported, delivered, merged or copied can name one.
    func bundle(of entry: Entry?) async throws -> (Bundle, ContentHash)? {
        guard let entry, let service = entry.subject.service,
            let environment = entry.subject.environment,
            let hash = entry.payload["bundle"]?.string.flatMap(ContentHash.init(rawValue:)),
            let plan = try await ownPlan(of: entry), plan.environment == environment,
            let move = plan.moves.first(where: { $0.service == service }), move.bundle == hash,
            let bundle = try? await bundle(hash), bundle.environment == environment,
            bundle.release.service == service, bundle.release.runsTheSame(as: move.to)
        else { return nil }
        return (bundle, hash)
    }

    /// The plan of the run that an entry belongs to, if the run is this ledger's own.
    private func ownPlan(of entry: Entry) async throws -> Plan? {
        let planned: Set<String> = [
            EventKind.deployPlanned.rawValue, EventKind.revertPlanned.rawValue,
        ]
        guard entry.draft.source == nil, let run = entry.draft.correlation,
            entry.sequence > (try await copied()), let first = try await self.entry(run),
            first.draft.source == nil, first.sequence < entry.sequence,
            planned.contains(first.kind),
            let hash = first.payload["plan"]?.string.flatMap(ContentHash.init(rawValue:)),
            let bytes = try await content(hash)
        else { return nil }
        return try? Plan(content: bytes)
    }
}

extension KeptBundle {
    /// Reads it; throws `StoreProblem` if it is not whole.
    public init(_ hash: ContentHash, from store: any EventReader) async throws {
        guard let bundle = try await store.bundle(hash) else {
            throw StoreProblem(
                .damaged, "a bundle of this run is not in the ledger",
                cause: "no content has the hash \(hash)", hint: "run `ledger verify`")
        }
        var files: [BundleFile: [UInt8]] = [:]
        for file in bundle.files {
            guard let bytes = try await store.content(file.hash) else {
                throw StoreProblem(
                    .damaged, "\(file.path) of a bundle is not in the ledger",
                    cause: "no content has the hash \(file.hash)", hint: "run `ledger verify`")
            }
            files[file] = bytes
        }
        self.init(bundle, hash, files)
    }
}
