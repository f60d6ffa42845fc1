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
    }

    /// One fact that set the mark.
    struct Word: ViewDetail {
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

        init(_ json: JSONValue) {
            let at = Moment(json["at"]) ?? Moment(.min, 0)
            self.at = at
            time =
                json["time"]?.string.flatMap { Timestamp($0) } ?? Timestamp(microseconds: at.time)
            by = json["by"]?.string ?? ""
            isFromElsewhere = json["elsewhere"] != nil
            terms = Terms(json)
            subject = Subject(members: json)
        }

        func write(to members: inout MemberWriter) {
            members.set("at", at)
            members.set("by", by)
            members.set("digest", subject.digest?.rawValue)
            members.set("elsewhere", if: isFromElsewhere)
            members.set("environment", subject.environment?.rawValue)
            members.set("fixedBy", terms.fixedBy)
            members.set("reason", terms.reason)
            members.set("revision", subject.revision?.rawValue)
            members.set("run", terms.run)
            members.set("service", subject.service?.rawValue)
            members.set("tag", subject.tag?.rawValue)
            members.set("time", time.description)
            members.set("until", terms.until?.description)
        }
    }

    init(_ json: JSONValue) {
        removed = Moment(json["removed"])
        removedElsewhere = Moment(json["removedElsewhere"])
        words = (json["words"]?.array ?? []).filter { Moment($0["at"]) != nil }.map(Word.init)
        terms = Terms(json)
    }

    func write(to members: inout MemberWriter) {
        members.set("fixedBy", terms.fixedBy)
        members.set("reason", terms.reason)
        members.set("removed", removed)
        members.set("removedElsewhere", removedElsewhere)
        members.set("run", terms.run)
        members.set("until", terms.until?.description)
        members.set("words", all: words)
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
    struct Words: ViewDetail {
        var name: String
        var by: String
        var severity: String?
        var summary: String?
        var url: String?
        var subject: Subject

        func write(to members: inout MemberWriter) {
            members.set("by", by)
            members.set("digest", subject.digest?.rawValue)
            members.set("environment", subject.environment?.rawValue)
            members.set("name", name)
            members.set("revision", subject.revision?.rawValue)
            members.set("service", subject.service?.rawValue)
            members.set("severity", severity)
            members.set("summary", summary)
            members.set("tag", subject.tag?.rawValue)
            members.set("url", url)
        }
    }

    init(_ json: JSONValue) {
        opened = Moment(json["opened"])
        resolved = Moment(json["resolved"])
        words = json["words"].map(Words.init)
    }

    func write(to members: inout MemberWriter) {
        members.set("opened", opened)
        members.set("resolved", resolved)
        members.set("words", words)
    }
}

extension IncidentDetail.Words {
    init(_ json: JSONValue) {
        name = json["name"]?.string ?? ""
        by = json["by"]?.string ?? ""
        severity = json["severity"]?.string
        summary = json["summary"]?.string
        url = json["url"]?.string
        subject = Subject(members: json)
    }
}
