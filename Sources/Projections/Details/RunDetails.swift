internal import Ledger

/// The detail of the view `run`: what is known of a run beside its state.
struct RunDetail: ViewDetail {
    /// `deploy` or `revert`.
    var kind: String?
    /// SHA-256 of the plan, and the number of its steps.
    var plan: String?
    var steps: Int?
    var reason: String?
    /// The number of people who must approve it, if more than one.
    var needed: Int?
    /// Whether another ledger reported it.
    var isTold = false
    /// When its plan was recorded, if it is not the line's time.
    var recorded: Timestamp?
    var approvals: [Decision] = []
    var bypass: Decision?
    /// The entry of the bypass review.
    var reviewed: Int?
    /// Whether it has started.
    var hasBegun = false
    /// The fencing token of its lease.
    var token: Int?
    /// Why it failed or was abandoned.
    var why: String?

    /// What a person decided about the plan: an approval, or a bypass of the required ones.
    struct Decision: ViewDetail {
        var by: String
        var known: String
        var entry: Int
        var plan: String?
        var expires: Timestamp?
        /// How an approval was given.
        var way: String?
        /// The reason of a bypass.
        var reason: String?

        init(_ entry: Entry) {
            (by, known, self.entry) = (entry.by.name, entry.by.known.rawValue, entry.sequence)
            let payload = entry.payload
            plan = payload["plan"]?.string
            expires = payload["expires"]?.string.flatMap { Timestamp($0) }
            way = payload["way"]?.string
            reason = way == nil ? payload["reason"]?.string : nil
        }

        init(_ json: JSONValue) {
            by = json["by"]?.string ?? ""
            known = json["known"]?.string ?? ""
            entry = json["entry"]?.integer ?? 0
            plan = json["plan"]?.string
            expires = json["expires"]?.string.flatMap { Timestamp($0) }
            way = json["way"]?.string
            reason = json["reason"]?.string
        }

        func write(to members: inout MemberWriter) {
            members.set("by", by)
            members.set("entry", entry)
            members.set("expires", expires?.description)
            members.set("known", known)
            members.set("plan", plan)
            members.set("reason", reason)
            members.set("way", way)
        }
    }

    init() {}

    init(_ json: JSONValue) {
        kind = json["kind"]?.string
        plan = json["plan"]?.string
        steps = json["steps"]?.integer
        reason = json["reason"]?.string
        needed = json["needed"]?.integer
        isTold = json["told"] != nil
        recorded = json["recorded"]?.string.flatMap { Timestamp($0) }
        approvals = (json["approvals"]?.array ?? []).map(Decision.init)
        bypass = json["bypass"].map(Decision.init)
        reviewed = json["reviewed"]?.integer
        hasBegun = json["began"] != nil
        token = json["token"]?.integer
        why = json["why"]?.string
    }

    func write(to members: inout MemberWriter) {
        members.set("approvals", all: approvals)
        members.set("began", if: hasBegun)
        members.set("bypass", bypass)
        members.set("kind", kind)
        members.set("needed", needed)
        members.set("plan", plan)
        members.set("reason", reason)
        members.set("recorded", recorded?.description)
        members.set("reviewed", reviewed)
        members.set("steps", steps)
        members.set("token", token)
        members.set("told", if: isTold)
        members.set("why", why)
    }
}

/// The detail of the view `step`.
struct StepDetail: ViewDetail {
    var name: String?
    var host: String?
    /// The fencing token of the lease under which it started.
    var token: Int?
    var attempt: Int?
    /// Whether the release was observed running before the step started.
    var ran: Bool?
    var exitCode: Int?
    var reason: String?

    init(_ json: JSONValue) {
        name = json["name"]?.string
        host = json["host"]?.string
        token = json["token"]?.integer
        attempt = json["attempt"]?.integer
        ran = json["ran"]?.bool
        exitCode = json["exitCode"]?.integer
        reason = json["reason"]?.string
    }

    func write(to members: inout MemberWriter) {
        members.set("attempt", attempt)
        members.set("exitCode", exitCode)
        members.set("host", host)
        members.set("name", name)
        members.set("ran", ran)
        members.set("reason", reason)
        members.set("token", token)
    }
}

/// The detail of the view `lease`.
struct LeaseDetail: ViewDetail {
    var holder: String?
    /// How long it lasts after the run's last entry, in seconds.
    var seconds: Int?
    /// The id of the run that holds it.
    var run: String?

    init(_ entry: Entry, run: String) {
        holder = entry.payload["holder"]?.string ?? ""
        seconds = entry.payload["seconds"]?.integer ?? 0
        self.run = run
    }

    init(_ json: JSONValue) {
        holder = json["holder"]?.string
        seconds = json["seconds"]?.integer
        run = json["run"]?.string
    }

    func write(to members: inout MemberWriter) {
        members.set("holder", holder)
        members.set("run", run)
        members.set("seconds", seconds)
    }
}

/// The detail of the view `halfway`: the ids of runs that started and did not end.
struct HalfWayDetail: ViewDetail {
    var runs: [String]
    /// Those of this ledger.
    var own: [String]

    init(_ json: JSONValue) {
        runs = json["runs"]?.texts ?? []
        own = json["own"]?.texts ?? []
    }

    func write(to members: inout MemberWriter) {
        members.set("own", own)
        members.set("runs", runs)
    }
}

/// The detail of the view `deployment`.
struct DeploymentDetail: ViewDetail {
    /// The id of the run that deployed it.
    var run: String?
    /// Whether another ledger reported it.
    var isTold: Bool

    init(run: String, isTold: Bool) { (self.run, self.isTold) = (run, isTold) }

    init(_ json: JSONValue) {
        run = json["run"]?.string
        isTold = json["told"] != nil
    }

    func write(to members: inout MemberWriter) {
        members.set("run", run)
        members.set("told", if: isTold)
    }
}
