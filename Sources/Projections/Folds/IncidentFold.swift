internal import Ledger

/// Open incidents: opened and not resolved, ordered by event time.
///
/// The key identifies the incident, as JSON: its name, the sender's id, the environment and the
/// service. Unknown parts are empty.
struct IncidentFold: StoredView {
    let name = "incident"
    let version = 1

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
        var course = IncidentCourse(row)
        course.take(entry)
        let last = [course.opened, course.resolved].compactMap(\.self).max()
        return ViewRow(
            key: key, subject: Subject(), state: course.isOpen ? "open" : "resolved",
            time: Timestamp(microseconds: last?.time ?? entry.time.microseconds),
            by: course.words["by"]?.string ?? "", detail: Canonical.text(course.json),
            since: entry.sequence)
    }
}

/// The history of one incident: when it was last opened and last resolved.
struct IncidentCourse {
    private(set) var opened: Course.Moment?
    private(set) var resolved: Course.Moment?
    private(set) var words: [String: JSONValue] = [:]

    init(_ row: ViewRow?) {
        guard let details = row?.details else { return }
        opened = Course.Moment(details["opened"])
        resolved = Course.Moment(details["resolved"])
        words = details["words"]?.object ?? [:]
    }

    mutating func take(_ entry: Entry) {
        let moment = Course.Moment(entry.time.microseconds, entry.sequence)
        guard entry.kind == EventKind.incidentOpened.rawValue else {
            resolved = [resolved, moment].compactMap(\.self).max()
            return
        }
        if let opened, moment < opened { return }
        opened = moment
        let payload = entry.payload
        words = ["name": payload["name"] ?? "", "by": .string(entry.by.name)]
        for name in ["severity", "summary", "url"] { words[name] = payload[name] }
        for (name, value) in entry.subject.fields { words[name] = .string(value) }
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members["opened"] = opened?.json
        members["resolved"] = resolved?.json
        if !words.isEmpty { members["words"] = .object(words) }
        return .object(members)
    }

    var isOpen: Bool { opened.map { opened in resolved.map { $0 < opened } ?? true } ?? false }
}
