internal import Ledger

/// The detail of the view `mark`: when a mark was last removed, and who has set it since.
struct MarkDetail: ViewDetail {
    var removed: Moment?
    /// Removal by another ledger. It lifts only fences that the other ledger raised.
    var removedElsewhere: Moment?
    /// The facts that have set the mark since, earliest first.
    var words: [Word] = []
    /// What the deciding fact says.
    var terms = Terms()

    /// The terms of a mark.
    struct Terms: Hashable, Sendable {
        var reason: String?
        var until: Timestamp?
        /// The commits that fix a fenced release.
        var fixedBy: [String]?
        /// The run of a bypass.
        var run: Int?

        init() {}

        init(_ json: JSONValue) {
            reason = json["reason"]?.string
            until = json["until"]?.string.flatMap { Timestamp($0) }
            fixedBy = json["fixedBy"]?.texts
            run = json["run"]?.integer
        }

        func add(to members: inout [String: JSONValue]) {
            members.set("reason", reason)
            members.set("until", until?.description)
            members.set("fixedBy", fixedBy)
            members.set("run", run)
        }
    }

    /// One fact that set the mark.
    struct Word: Hashable, Sendable {
        let at: Moment
        let time: Timestamp
        let by: String
        /// Whether another ledger reported it.
        var isFromElsewhere = false
        var terms: Terms
        let subject: Subject

        init(_ entry: Entry, at moment: Moment) {
            at = moment
            time = entry.time
            by = entry.by.name
            terms = Terms(entry.payload)
            subject = entry.subject
        }

        init?(_ json: JSONValue) {
            guard let at = Moment(json["at"]) else { return nil }
            self.at = at
            time =
                json["time"]?.string.flatMap { Timestamp($0) } ?? Timestamp(microseconds: at.time)
            by = json["by"]?.string ?? ""
            isFromElsewhere = json["elsewhere"] != nil
            terms = Terms(json)
            subject = Subject(members: json)
        }

        var json: JSONValue {
            var members: [String: JSONValue] = [
                "at": at.json, "time": .string(time.description), "by": .string(by),
            ]
            members.set("elsewhere", if: isFromElsewhere)
            terms.add(to: &members)
            for (name, value) in subject.fields { members[name] = .string(value) }
            return .object(members)
        }
    }

    init(_ json: JSONValue) {
        removed = Moment(json["removed"])
        removedElsewhere = Moment(json["removedElsewhere"])
        words = (json["words"]?.array ?? []).compactMap(Word.init)
        terms = Terms(json)
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members.set("removed", removed)
        members.set("removedElsewhere", removedElsewhere)
        terms.add(to: &members)
        if !words.isEmpty { members["words"] = .array(words.map(\.json)) }
        return .object(members)
    }
}

/// The detail of the view `incident`.
struct IncidentDetail: ViewDetail {
    /// When it was last opened and last resolved.
    var opened: Moment?
    var resolved: Moment?
    /// What the fact that opened it says; `nil` before that fact.
    var words: Words?

    /// What is known of an incident.
    struct Words: Hashable, Sendable {
        var name: String
        var by: String
        var severity: String?
        var summary: String?
        var url: String?
        var subject: Subject
    }

    init(_ json: JSONValue) {
        opened = Moment(json["opened"])
        resolved = Moment(json["resolved"])
        words = json["words"].map { words in
            Words(
                name: words["name"]?.string ?? "", by: words["by"]?.string ?? "",
                severity: words["severity"]?.string, summary: words["summary"]?.string,
                url: words["url"]?.string,
                subject: Subject(members: words))
        }
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members.set("opened", opened)
        members.set("resolved", resolved)
        if let words {
            var said: [String: JSONValue] = ["name": .string(words.name), "by": .string(words.by)]
            said.set("severity", words.severity)
            said.set("summary", words.summary)
            said.set("url", words.url)
            for (name, value) in words.subject.fields { said[name] = .string(value) }
            members["words"] = .object(said)
        }
        return .object(members)
    }
}
