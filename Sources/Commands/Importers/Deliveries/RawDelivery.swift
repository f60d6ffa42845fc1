internal import Foundation
public import Ledger
internal import LedgerText

/// Who sends deliveries; each has a table of its own that says which facts they tell of.
public enum Sender: String, CaseIterable, Sendable {
    case github, gitlab, gitea, bitbucket, registry, dockerhub, harbor, alertmanager, cdevents
    case cloudevents
}

/// One delivery as it came over the wire.
public struct RawDelivery: Hashable, Sendable {
    /// By their names in lower case (RFC 9110, section 5.1).
    public var headers: [String: String]
    public var body: [UInt8]
    /// Where it was read, for messages: `push.json`, `log.jsonl line 3`.
    public var place: String

    public init(headers: [String: String] = [:], body: [UInt8], place: String) {
        self.headers = headers
        self.body = body
        self.place = place
    }
}

/// What is known while deliveries are turned into facts.
public struct DeliveryContext: Sendable {
    public var now: Timestamp
    /// The service of an image's repository, as the playbook has it: `shop/web` → `web`.
    public var services: [String: ServiceName]
    /// The service that all deliveries are about, if somebody says so.
    public var service: ServiceName?

    public init(
        now: Timestamp, services: [String: ServiceName] = [:], service: ServiceName? = nil
    ) {
        self.now = now
        self.services = services
        self.service = service
    }

    /// The service that a repository makes: the one that is named, the playbook's, or what the
    /// repository's last part calls it.
    func service(of repository: String) -> ServiceName? {
        if let service { return service }
        let parts = repository.parts(separator: "/")
        for start in parts.indices {
            if let known = services[parts[start...].joined(separator: "/")] { return known }
        }
        return parts.last.flatMap { ServiceName(rawValue: $0.lowercased()) }
    }
}

/// What a delivery tells, in the ledger's words.
public struct MappedDelivery: Sendable {
    /// What its sender calls the event: `push`.
    public var name: String
    public var facts: [Fact]
    /// Why there are no facts, or not all that the delivery speaks of.
    public var reason: String?
    /// What the sender calls this delivery, if it does.
    public var id: String?
    /// The body as a value.
    public var json = JSONValue.null

    init(_ name: String, _ facts: [Fact] = [], reason: String? = nil, id: String? = nil) {
        self.name = name
        self.facts = facts
        self.reason = reason
        self.id = id
    }
}

/// A delivery that nobody can take as it is: nothing of it is recorded.
public struct DeliveryProblem: Error, Hashable, CustomStringConvertible {
    public let reason: String
    public let hint: String?
    public var description: String { reason }

    init(_ reason: String, hint: String? = nil) {
        self.reason = reason
        self.hint = hint
    }
}

/// A delivery that is whole but does not say what a fact needs: it is kept, and counted.
struct Unmapped: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

extension Sender {
    /// The facts that a delivery tells of. What is not understood has none, and a reason.
    ///
    /// Throws `DeliveryProblem` if the body is too long or no JSON, or is another event's than its
    /// header says.
    public func map(
        _ delivery: RawDelivery, _ context: DeliveryContext
    ) throws(DeliveryProblem) -> MappedDelivery {
        guard delivery.body.count <= Limits.contentBytes else {
            throw DeliveryProblem(
                "the body has \(delivery.body.count) bytes, which is more than any sender's",
                hint: "a body is kept whole, and may have \(Limits.contentBytes) bytes at most")
        }
        let body: JSONValue
        do { body = try JSONValue(parsing: delivery.body) } catch {
            if isOfAnyType(delivery) { return try kept(delivery, context) }
            throw DeliveryProblem(
                "the body is not JSON: \(error)",
                hint: "have the sender deliver application/json, and store the bytes as they come")
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

    /// Whether the headers say all that the event is, and the body is its data, of whatever type: a
    /// CloudEvent in binary mode (CloudEvents HTTP binding 1.0.2, 3.1).
    private func isOfAnyType(_ delivery: RawDelivery) -> Bool {
        self == .cloudevents && delivery.headers["ce-specversion"] != nil
    }

    /// A delivery whose body says nothing to the ledger: it is kept as it came.
    private func kept(
        _ delivery: RawDelivery, _ context: DeliveryContext
    ) throws(DeliveryProblem) -> MappedDelivery {
        var mapped = try map(DeliveryFields(.null, delivery.headers, context))
        mapped.facts = []
        mapped.reason = mapped.reason ?? "its data is no JSON object"
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

/// One way from an event to its facts.
typealias Mapping = @Sendable (DeliveryFields) throws -> [Fact]

extension MappedDelivery {
    /// The facts by a sender's table. An event without a line in it is not known; what the mapping
    /// cannot do is the reason that stays.
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
