internal import Ledger

/// Open incidents: opened and not resolved, ordered by event time.
///
/// The key identifies the incident, as JSON: its name, the sender's id, the environment and the
/// service. Unknown parts are empty.
struct IncidentFold: StoredView {
    let name = "incident"
    let version = 2

    let concern = ViewConcern(kinds: [.incidentOpened, .incidentResolved])

    func keys(of entry: Entry) -> [String] {
        let payload = entry.payload
        guard let name = payload["name"]?.string else { return [] }
        let subject = entry.subject
        let parts = [
            name, payload["incident"]?.string ?? "", subject.environment?.rawValue ?? "",
            subject.service?.rawValue ?? "",
        ]
        return [Canonical.text(.array(parts.map { .string($0) }))]
    }

    func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow? {
        var detail = row?.detail(as: IncidentDetail.self) ?? .empty
        detail.add(entry)
        let last = [detail.opened, detail.resolved].compactMap(\.self).max()
        return ViewRow(
            key: key, subject: Subject(), state: detail.isOpen ? "open" : "resolved",
            time: Timestamp(microseconds: last?.time ?? entry.time.microseconds),
            by: detail.words?.by ?? "", detail: detail, since: entry.sequence)
    }
}

extension IncidentDetail {
    /// Adds a fact, whatever their order.
    fileprivate mutating func add(_ entry: Entry) {
        let moment = Moment(entry.time.microseconds, entry.sequence)
        guard entry.kind == EventKind.incidentOpened.rawValue else {
            resolved = [resolved, moment].compactMap(\.self).max()
            return
        }
        if let opened, moment < opened { return }
        opened = moment
        let payload = entry.payload
        words = Words(
            name: payload["name"]?.string ?? "", by: entry.by.name,
            severity: payload["severity"]?.string, summary: payload["summary"]?.string,
            url: payload["url"]?.string, subject: entry.subject)
    }

    fileprivate var isOpen: Bool {
        opened.map { opened in resolved.map { $0 < opened } ?? true } ?? false
    }
}
