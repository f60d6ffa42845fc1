internal import CommandEngine
internal import CommandImporters
internal import CommandPorts
internal import Commands
internal import Ledger
internal import Projections

/// Compare the tags of the playbook's images with their registries
public struct ReconcileRegistry: Action {
    public static var right: Right { .record }
    public typealias Answer = Reconciliation

    /// Only this service.
    public var service: String?
    /// Record the missing facts.
    public var record: Bool

    public init(service: String? = nil, record: Bool) {
        self.service = service
        self.record = record
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        service = try members.decodeIfPresent(String.self, forKey: .service)
        record = try members.decodeIfPresent(Bool.self, forKey: .record) ?? false
    }

    public func answer(at desk: ActingDesk) async throws -> Reconciliation {
        let playbook = try desk.desk.playbook.get()
        let wanted = try service.map { try ServiceName($0) }
        let images = playbook.services.compactMap { name, service in
            service.repository.map { (name, $0) }
        }.filter { wanted == nil || $0.0 == wanted }.sorted { $0.0 < $1.0 }
        if images.isEmpty {
            throw Refusal(
                .notPossible, "the playbook has no image\(wanted.map { " of \($0)" } ?? "")",
                hint: "services: {web: {image: registry.example/shop/web, docker: {name: web}}}")
        }
        let registry = RegistryReconciling(
            transport: desk.parts.transport, insecure: playbook.insecureRegistries)
        let known = try await desk.projector.tags()
        var missing: [Fact] = []
        for (name, image) in images {
            do {
                missing += try await registry.facts(
                    of: name, image: image, known: known, in: desk.desk.store)
            } catch let silence as HTTPSilence {
                throw Refusal(
                    .notPossible, "the tags of \(image) cannot be read", cause: silence.why,
                    hint: "nothing was recorded; try again when the registry answers")
            }
        }
        return try await desk.recording.reconciled(
            missing, images.map(\.1).joined(separator: ", "), record: record)
    }
}
