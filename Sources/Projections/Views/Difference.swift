public import Ledger

/// The differences between two views of an environment; a plan starts from them.
public struct Difference: Hashable, Sendable {
    /// A service that runs one release here and another there.
    public struct Move: Hashable, Sendable {
        public let service: ServiceName
        public let from: Release?
        public let to: Release?

        public init(service: ServiceName, from: Release?, to: Release?) {
            self.service = service
            self.from = from
            self.to = to
        }
    }
    public let moves: [Move]

    /// The services whose releases differ, by name.
    public init(from: EnvironmentView, to: EnvironmentView) {
        let services = Set(from.services.map(\.service)).union(to.services.map(\.service))
        moves = services.sorted().compactMap { service in
            let before = from[service]?.release
            let after = to[service]?.release
            if before == after { return nil }
            return Move(service: service, from: before, to: after)
        }
    }
}
