internal import CommandPorts
public import Commands
public import Ledger
internal import Projections

extension EventReader {
    /// The bundle that is kept under a hash; `nil` if there is none. Throws `FieldProblem` or
    /// `JSONProblem` if the content is not a bundle.
    public func bundle(_ hash: ContentHash) async throws -> Bundle? {
        try await content(hash).map { try Bundle(content: $0) }
    }

    /// The bundle with which this ledger's own run deployed the release of an entry, with its hash;
    /// `nil` if there is none.
    ///
    /// Only the run itself can keep a bundle. The entry must belong to a run that was planned here.
    /// The kept plan must name the bundle for this service and environment, and the bundle must
    /// agree. No reported, delivered, merged or copied entry can name one.
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

    /// The plan of an entry's run, if this ledger planned the run.
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
    /// Reads it; throws `StoreProblem` if it is incomplete.
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
