public import Ledger

/// An incident that was opened and not resolved.
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
    /// The open incidents as of a sequence (now if `nil`), oldest first.
    public func openIncidents(at: Int? = nil) async throws -> [OpenIncident] {
        let rows = try await store.rows("incident", .all, at: at).compactMap(IncidentRow.init)
        // A resolution ends all incidents that it matches: a field that it does not name matches
        // any value.
        let ends = Dictionary(grouping: rows.filter { $0.course.resolved != nil }, by: \.name)
        var open: [OpenIncident] = []
        for row in rows where row.course.isOpen {
            let course = row.course
            func word(_ name: String) -> String? { course.words[name]?.string }
            guard let opened = course.opened,
                !(ends[row.name] ?? []).contains(where: { $0.ends(row, openedAt: opened) })
            else { continue }
            let name = row.name
            open.append(
                OpenIncident(
                    name: name,
                    environment: word("environment").flatMap(EnvironmentName.init(rawValue:)),
                    service: word("service").flatMap(ServiceName.init(rawValue:)),
                    severity: word("severity"),
                    summary: word("summary"), url: word("url"), by: word("by") ?? "",
                    time: Timestamp(microseconds: opened.time), entry: opened.entry))
        }
        return open.sorted { ($0.time, $0.entry) < ($1.time, $1.entry) }
    }
}

/// A line of the view `incident`: the incident and its history.
private struct IncidentRow {
    let name: String
    /// The sender's id, environment and service; empty if unknown.
    private let parts: [String]
    let course: IncidentCourse

    init?(_ row: ViewRow) {
        guard let key = try? JSONValue(parsing: row.key).array, key.count == 4,
            let name = key[0].string
        else { return nil }
        self.name = name
        parts = key.dropFirst().map { $0.string ?? "" }
        course = IncidentCourse(row)
    }

    func ends(_ other: IncidentRow, openedAt opened: Course.Moment) -> Bool {
        guard let resolved = course.resolved, opened < resolved else { return false }
        return zip(parts, other.parts).allSatisfy { $0.isEmpty || $0 == $1 }
    }
}
