public import Ledger
internal import LedgerText

extension Playbook {
    /// The services, by the repository of their image, with and without the registry's name.
    public var servicesByImage: [String: ServiceName] {
        var names: [String: ServiceName] = [:]
        for (name, service) in services {
            guard let image = service.repository else { continue }
            names[image] = name
            let parts = image.parts(separator: "/")
            guard parts.count > 1, parts[0].contains(where: { ".:".contains($0) }) else { continue }
            names[parts.dropFirst().joined(separator: "/")] = name
        }
        return names
    }
}
