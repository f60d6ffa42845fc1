public import Ledger

/// The state of an environment that a plan was made from, and that its approval refers to.
public struct Fingerprint: Hashable, Sendable {
    /// What one service runs.
    public struct Service: Hashable, Sendable {
        public let service: String
        /// The entry that made the release current.
        public let entry: Int
        public let digest: String
        public let revision: String
        public let tag: String

        /// `web v1.0.0 (entry 20)`.
        public var words: String {
            let release = [tag, digest, revision].first { !$0.isEmpty } ?? "nothing"
            return "\(service) \(release) (entry \(entry))"
        }
    }
    public let environment: String
    public let services: [Service]
    /// The entries of fences and pins.
    public let marks: [Int]

    public init(_ view: EnvironmentView) {
        environment = view.name.rawValue
        // A service whose first deploy has started runs nothing yet; its own run may continue.
        services = view.services.filter { $0.release != nil }.map { state in
            Service(
                service: state.service.rawValue, entry: state.entry ?? 0,
                digest: state.release?.digest?.rawValue ?? "",
                revision: state.release?.revision?.rawValue ?? "",
                tag: state.release?.tag?.rawValue ?? "")
        }
        // Unreviewed bypasses concern the past, and a freeze does not block reverts. A deploy
        // checks freezes when it starts.
        marks = view.marks.filter { $0.kind == .fence || $0.kind == .pin }.map(\.entry)
    }

    /// Parses `json`; values of another form are skipped.
    public init(_ json: JSONValue) {
        environment = json["environment"]?.string ?? ""
        services = (json["services"]?.array ?? []).compactMap { value in
            guard let parts = value.array, parts.count == 5, let name = parts[0].string else {
                return nil
            }
            return Service(
                service: name, entry: parts[1].integer ?? 0, digest: parts[2].string ?? "",
                revision: parts[3].string ?? "", tag: parts[4].string ?? "")
        }
        marks = (json["marks"]?.array ?? []).compactMap(\.integer)
    }

    /// The form in plans: each service is a list of its name, entry, digest, revision and tag.
    public var json: JSONValue {
        .object([
            "environment": .string(environment),
            "services": .array(
                services.map {
                    .array([
                        .string($0.service), JSONValue($0.entry), .string($0.digest),
                        .string($0.revision), .string($0.tag),
                    ])
                }),
            "marks": .array(marks.map { JSONValue($0) }),
        ])
    }

    /// The running releases as text.
    public var words: String {
        services.isEmpty ? "nothing" : services.map(\.words).joined(separator: ", ")
    }
}
