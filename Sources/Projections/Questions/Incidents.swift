public import Ledger

/// An incident: an alert or a report, open or resolved.
public struct IncidentView: Hashable, Sendable {
    public let name: String
    public let environment: EnvironmentName?
    public let service: ServiceName?
    public let severity: String?
    public let summary: String?
    public let url: String?
    /// The sender's id, where several incidents of one name may be open.
    public let incident: String?
    public let by: String
    /// When it was last opened, and the entry that says so.
    public let time: Timestamp
    public let entry: Int
    /// When it was resolved; `nil` while it is open.
    public let resolved: Timestamp?
    /// The entry of the resolution.
    public let resolution: Int?
}

extension Projector {
    /// The open incidents as of a sequence (now if `nil`), oldest first.
    public func openIncidents(at: Int? = nil) async throws -> [IncidentView] {
        try await incidents(at: at).filter { $0.resolved == nil }
    }

    /// All incidents as of a sequence (now if `nil`), oldest first.
    public func incidents(at: Int? = nil) async throws -> [IncidentView] {
        let rows = try await store.rows("incident", .all, at: at).compactMap(IncidentRow.init)
        // A resolution ends all incidents that it matches: a field that it does not name matches
        // any value.
        let ends = Dictionary(grouping: rows.filter { $0.course.resolved != nil }, by: \.name)
        var all: [IncidentView] = []
        for row in rows {
            let course = row.course
            guard let opened = course.opened, let words = course.words else { continue }
            let end = (ends[row.name] ?? []).filter { $0.ends(row, openedAt: opened) }
                .compactMap(\.course.resolved).min()
            all.append(
                IncidentView(
                    name: row.name, environment: words.subject.environment,
                    service: words.subject.service, severity: words.severity,
                    summary: words.summary, url: words.url, incident: row.incident, by: words.by,
                    time: Timestamp(microseconds: opened.time), entry: opened.entry,
                    resolved: end.map { Timestamp(microseconds: $0.time) },
                    resolution: end?.entry))
        }
        return all.sorted { ($0.time, $0.entry) < ($1.time, $1.entry) }
    }
}

/// A line of the view `incident`: the incident and its history.
private struct IncidentRow {
    let name: String
    /// The sender's id, environment and service; empty if unknown.
    private let parts: [String]
    let course: IncidentDetail

    init?(_ row: ViewRow) {
        guard let key = try? JSONValue(parsing: row.key).array, key.count == 4,
            let name = key[0].string
        else { return nil }
        self.name = name
        parts = key.dropFirst().map { $0.string ?? "" }
        course = row.detail()
    }

    /// The sender's id.
    var incident: String? { parts.first.flatMap { $0.isEmpty ? nil : $0 } }

    func ends(_ other: IncidentRow, openedAt opened: Moment) -> Bool {
        guard let resolved = course.resolved, opened < resolved else { return false }
        return zip(parts, other.parts).allSatisfy { $0.isEmpty || $0 == $1 }
    }
}
