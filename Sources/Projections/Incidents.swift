public import Ledger

/// An incident that was opened, and that nobody has resolved.
public struct OpenIncident: Hashable, Sendable {
    public let name: String
    public let environment: EnvironmentName?
    public let service: ServiceName?
    public let severity: String?
    public let summary: String?
    public let url: String?
    public let by: String
    public let time: Timestamp
    public let entry: Int
}

extension Projector {
    /// The incidents that are open, as of a sequence (now if `nil`); the oldest first.
    public func openIncidents(at: Int? = nil) async throws -> [OpenIncident] {
        let rows = try await store.rows("incident", .all, at: at)
        // One that says neither where nor of what is resolved is resolved everywhere.
        var ends: [String: Course.Moment] = [:]
        for row in rows {
            guard let parts = try? JSONValue(parsing: row.key).array, parts.count == 3,
                parts.dropFirst().allSatisfy({ $0.string?.isEmpty == true }),
                let name = parts[0].string
            else { continue }
            ends[name] = IncidentCourse(row).resolved
        }
        var open: [OpenIncident] = []
        for row in rows where row.state == "open" {
            let course = IncidentCourse(row)
            func word(_ name: String) -> String? { course.words[name]?.string }
            guard let opened = course.opened, let name = word("name"),
                ends[name].map({ $0 < opened }) ?? true
            else { continue }
            open.append(
                OpenIncident(
                    name: name,
                    environment: word("environment").flatMap(EnvironmentName.init(rawValue:)),
                    service: word("service").flatMap(ServiceName.init(rawValue:)),
                    severity: word("severity"),
                    summary: word("summary"), url: word("url"), by: word("by") ?? row.by,
                    time: Timestamp(microseconds: opened.time), entry: opened.entry))
        }
        return open.sorted { ($0.time, $0.entry) < ($1.time, $1.entry) }
    }
}
