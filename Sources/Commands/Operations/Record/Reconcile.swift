internal import CommandEngine
public import CommandImporters
internal import CommandPorts
internal import Commands
public import Ledger
internal import Projections

/// The facts that deliveries missed, as a repository or a registry shows them.
public struct Reconciliation: Codable, Hashable, Sendable {
    /// A fact that is not recorded.
    public struct Missing: Codable, Hashable, Sendable {
        public let kind: String
        public let fields: JSONValue
        public let time: ExactTime?
    }

    /// What was compared: a branch of a repository, or images.
    public let place: String
    public let missing: [Missing]
    /// Whether the missing facts were recorded.
    public let recorded: Bool
}

extension RecordingDesk {
    /// Compares the last known pushes and tags with a git repository.
    public func reconcile(_ importer: GitImporter, record: Bool) async throws -> Reconciliation {
        let missing = try await ImportRepository(importer).missing(at: self)
        return try await reconciled(
            missing, "\(importer.repository) \(importer.branch)", record: record)
    }

    func reconciled(
        _ missing: [Fact], _ place: String, record: Bool
    ) async throws -> Reconciliation {
        if record {
            var rest = missing[...]
            while !rest.isEmpty {
                _ = try await recorder.record(Array(rest.prefix(Limits.page)))
                rest = rest.dropFirst(Limits.page)
            }
        }
        return Reconciliation(
            place: place,
            missing: missing.map {
                .init(kind: $0.kind, fields: $0.fields, time: $0.time.map(ExactTime.init))
            }, recorded: record)
    }
}
