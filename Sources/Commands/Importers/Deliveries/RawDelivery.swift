public import Ledger
internal import LedgerText

/// The senders of deliveries. Each sender has its own table of events and facts.
public enum Sender: String, CaseIterable, Sendable {
    case github, gitlab, gitea, bitbucket, registry, dockerhub, harbor, alertmanager, cdevents
    case cloudevents
}

/// One delivery as received.
public struct RawDelivery: Hashable, Sendable {
    /// The headers by lower-case name (RFC 9110, section 5.1).
    public var headers: [String: String]
    public var body: [UInt8]
    /// The file and line of the delivery, for messages: `push.json`, `log.jsonl line 3`.
    public var place: String

    public init(headers: [String: String] = [:], body: [UInt8], place: String) {
        self.headers = headers
        self.body = body
        self.place = place
    }
}

/// The context in which deliveries are mapped to facts.
public struct DeliveryContext: Sendable {
    public var now: Timestamp
    /// The service of each image repository, from the playbook: `shop/web` → `web`.
    public var services: [String: ServiceName]
    /// The service of all deliveries, if the caller names one.
    public var service: ServiceName?

    public init(
        now: Timestamp, services: [String: ServiceName] = [:], service: ServiceName? = nil
    ) {
        self.now = now
        self.services = services
        self.service = service
    }

    /// The service of a repository: the named service, the playbook's, or the last component of the
    /// repository name.
    func service(of repository: String) -> ServiceName? {
        if let service { return service }
        let parts = repository.parts(separator: "/")
        for start in parts.indices {
            if let known = services[parts[start...].joined(separator: "/")] { return known }
        }
        return parts.last.flatMap { ServiceName(rawValue: $0.lowercased()) }
    }
}

/// A delivery mapped to facts.
public struct MappedDelivery: Sendable {
    /// The sender's name for the event: `push`.
    public var name: String
    public var facts: [Fact]
    /// Why the delivery gives no facts, or only some of its facts.
    public var reason: String?
    /// The sender's identifier of this delivery, if present.
    public var id: String?
    /// The body as a JSON value.
    public var json = JSONValue.null

    init(_ name: String, _ facts: [Fact] = [], reason: String? = nil, id: String? = nil) {
        self.name = name
        self.facts = facts
        self.reason = reason
        self.id = id
    }
}

/// A delivery that cannot be accepted: nothing of it is recorded.
public struct DeliveryProblem: Error, Hashable, CustomStringConvertible {
    public let reason: String
    public let hint: Hint?
    public var description: String { reason }

    init(_ reason: String, hint: Hint? = nil) {
        self.reason = reason
        self.hint = hint
    }
}

/// A valid delivery that lacks a field that a fact requires: it is kept and counted.
struct Unmapped: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

extension Sender {
    /// Maps a delivery to facts. An event that is not understood has no facts, but a reason.
    ///
    /// Throws `DeliveryProblem` if the body is too long, is not JSON, or does not match the event
    /// in the header.
    public func map(
        _ delivery: RawDelivery, _ context: DeliveryContext
    ) throws(DeliveryProblem) -> MappedDelivery {
        guard delivery.body.count <= Limits.contentBytes else {
            throw DeliveryProblem(
                "the body has \(delivery.body.count) bytes, which is too long",
                hint: "the maximum is \(Limits.contentBytes) bytes")
        }
        let body: JSONValue
        do { body = try JSONValue(parsing: delivery.body) } catch {
            if isOfAnyType(delivery) { return try kept(delivery, context) }
            throw DeliveryProblem(
                "the body is not JSON: \(error)",
                hint: "set the sender to application/json, and store the bytes unchanged")
        }
        guard case .object = body else {
            if isOfAnyType(delivery) { return try kept(delivery, context) }
            throw DeliveryProblem("the body is \(body.title), not an object")
        }
        let fields = DeliveryFields(body, delivery.headers, context)
        var mapped = try map(fields)
        mapped.json = body
        return mapped
    }

    /// Whether the headers describe the whole event and the body is its data, of any type: a
    /// CloudEvent in binary mode (CloudEvents HTTP binding 1.0.2, 3.1).
    private func isOfAnyType(_ delivery: RawDelivery) -> Bool {
        self == .cloudevents && delivery.headers["ce-specversion"] != nil
    }

    /// A delivery whose body the ledger cannot interpret: it is kept unchanged.
    private func kept(
        _ delivery: RawDelivery, _ context: DeliveryContext
    ) throws(DeliveryProblem) -> MappedDelivery {
        var mapped = try map(DeliveryFields(.null, delivery.headers, context))
        mapped.facts = []
        mapped.reason = mapped.reason ?? "the data is not a JSON object"
        mapped.json = .string(String(decoding: delivery.body, as: UTF8.self))
        return mapped
    }

    private func map(_ fields: DeliveryFields) throws(DeliveryProblem) -> MappedDelivery {
        switch self {
        case .github: try GitHubDeliveries.map(fields)
        case .gitlab: try GitLabDeliveries.map(fields)
        case .gitea: try GiteaDeliveries.map(fields)
        case .bitbucket: try BitbucketDeliveries.map(fields)
        case .registry: try RegistryDeliveries.map(fields)
        case .dockerhub: RegistryDeliveries.dockerHub(fields)
        case .harbor: RegistryDeliveries.harbor(fields)
        case .alertmanager: AlertDeliveries.map(fields)
        case .cdevents: try CDEventDeliveries.map(fields)
        case .cloudevents: try CloudEventDeliveries.map(fields)
        }
    }
}

/// Maps one event to its facts.
typealias Mapping = @Sendable (DeliveryFields) throws -> [Fact]

extension MappedDelivery {
    /// The facts by a sender's table. An event that is not in the table is unknown. If the mapping
    /// fails, its error becomes the reason.
    init(_ name: String, by table: [String: Mapping], _ fields: DeliveryFields, id: String?) {
        guard let mapping = table[name] else {
            self.init(name, reason: "ledger does not know the event \(name)", id: id)
            return
        }
        do { self.init(name, try mapping(fields), id: id) } catch {
            let reason = (error as? Unmapped)?.reason ?? "\(error)"
            self.init(name, reason: reason, id: id)
        }
    }
}
