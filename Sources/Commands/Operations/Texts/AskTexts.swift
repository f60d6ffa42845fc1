// Made by scripts/documentation from the doc comments of the operations.
// swift-format-ignore-file

extension Compare {
    public static let documentation = Documentation(
        summary: "Show what differs between two environments, or two moments of one",
        discussion: "",
        fields: [
            "from": "An environment, or a deploy in its history: production~2, production#42, 118 with an environment.",
            "to": "An environment, or a deploy in its history. Default: the environment as it is now.",
            "environment": "The environment of references that do not name one.",
        ])
}

extension DeployHistory {
    public static let documentation = Documentation(
        summary: "Show every deploy and revert of an environment, however it ended",
        discussion: "",
        fields: [
            "environment": "The environment. Default: the only one.",
            "service": "Only this service.",
            "limit": "Maximum number of attempts, the newest.",
            "at": "As of an entry, a time, a tag or a deploy.",
            "commits": "With the commits of each, from the repository at hand where the ledger does not know them.",
        ])
}

extension Due {
    public static let documentation = Documentation(
        summary: "List what the policies would deploy now, and what blocks the rest",
        discussion: "For each environment with a policy in the playbook: the newest release that keeps it is due, unless it runs there already. Newer releases are listed with what blocks them.",
        fields: [
            "environment": "Only this environment.",
        ])
}

extension EntrySelection {
    public static let documentation = Documentation(
        summary: "What narrows a list of entries. Several values of one field are alternatives.",
        discussion: "",
        fields: [
            "environments": "Only these environments.",
            "services": "Only these services.",
            "tags": "Only these tags.",
            "revisions": "Only these commits (or their first digits).",
            "digests": "Only these image digests (or their first digits).",
            "kinds": "Only these kinds (deploy.finished) or families (deploy).",
            "authors": "Only entries by these persons or programs.",
            "outcomes": "Only these outcomes: succeeded, failed, finished, …",
            "since": "Only events at or after this time.",
            "until": "Only events before this time.",
            "text": "Only entries that contain this text.",
            "run": "Only the entries of this run.",
            "range": "A range, FROM..TO: v0.9.9..v1.0.0, production~2..production. A tag means its last deploy.",
            "at": "As recorded by then: a sequence, a time, a tag, or a reference like production~2.",
        ])
}

extension ExplainState {
    public static let documentation = Documentation(
        summary: "Name the entries from which an environment's state follows",
        discussion: "",
        fields: [
            "environment": "The environment. Default: the only one.",
            "service": "Only this service.",
            "at": "As of an entry, a time, a tag or a deploy, as recorded by then.",
            "trueAt": "At a time, with everything known today about what happened by then.",
        ])
}

extension Gate {
    public static let documentation = Documentation(
        summary: "Check whether a release may be deployed to an environment",
        discussion: "Fences, freezes, the policy, half-way runs and irreversible migrations are checked. All reasons against it are listed.",
        fields: [
            "environment": "The environment. Default: the only one.",
            "release": "The release's tag, revision or digest.",
            "service": "Only this service.",
            "at": "As of an entry, a time, a tag or a deploy.",
        ])
}

extension ListIncidents {
    public static let documentation = Documentation(
        summary: "List incidents, the newest first",
        discussion: "",
        fields: [
            "environment": "Only this environment.",
            "all": "Resolved incidents too.",
            "at": "As of an entry, a time, a tag or a deploy.",
        ])
}

extension ShowIncident {
    public static let documentation = Documentation(
        summary: "Show an incident, and the deploys before it",
        discussion: "The deploys of the incident's environment (of all, if it names none) that ended before it, the newest first: where to look for the cause.",
        fields: [
            "name": "The name of the incident, or the number of its entry.",
            "environment": "Only the incident of this environment.",
        ])
}

extension ListMarks {
    public static let documentation = Documentation(
        summary: "List the active fences, pins, freezes or unreviewed bypasses",
        discussion: "Freezes of the playbook are not marks: `ledger gate` names them.",
        fields: [
            "kind": "`fence`, `pin`, `freeze` or `bypass`.",
            "environment": "Only this environment.",
            "at": "As of an entry, a time, a tag or a deploy.",
        ])
}

extension ListRollbackTargets {
    public static let documentation = Documentation(
        summary: "List the releases that an environment can be rolled back to, and why others are blocked",
        discussion: "",
        fields: [
            "environment": "The environment. Default: the only one.",
            "at": "As of an entry, a time, a tag or a deploy.",
        ])
}

extension ListRuns {
    public static let documentation = Documentation(
        summary: "List runs, the newest first",
        discussion: "",
        fields: [
            "environment": "Only this environment.",
            "open": "Only runs that wait, are under way, or were interrupted.",
            "at": "As of an entry, a time, a tag or a deploy.",
        ])
}

extension ReadLog {
    public static let documentation = Documentation(
        summary: "Show entries, newest first",
        discussion: "",
        fields: [
            "selection": "What narrows the list.",
            "isOldestFirst": "The oldest entries first.",
            "question": "Only what answers this question of an auditor.",
            "after": "Only entries after this one, in the order of the answer: the `next` of an earlier answer.",
            "limit": "Maximum number of entries, at most 1,000.",
        ])
}

extension ShowEntry {
    public static let documentation = Documentation(
        summary: "Show an entry, with its corrections and redactions",
        discussion: "",
        fields: [
            "name": "A sequence, an entry's id, or a deploy such as `production~1`.",
            "at": "As of an entry, a time, a tag or a deploy.",
        ])
}

extension ShowRun {
    public static let documentation = Documentation(
        summary: "Show a run: its targets, approvals and steps, with the output of each step",
        discussion: "",
        fields: [
            "run": "The run's number.",
        ])
}

extension Status {
    public static let documentation = Documentation(
        summary: "Show what each environment runs, now or at an earlier moment",
        discussion: "States: `verified` (every host was seen running it), `unverified` (nobody has checked), `mixed` (hosts differ), `drifted` (something else was seen), `changing` (a run is under way), `unknown`.",
        fields: [
            "environment": "Only this environment.",
            "at": "As of an entry, a time, a tag or a deploy, as recorded by then.",
            "trueAt": "At a time, with everything known today about what happened by then.",
        ])
}

extension TraceRelease {
    public static let documentation = Documentation(
        summary: "Trace a commit, image or tag: change, reviews, checks, build, image, environments",
        discussion: "",
        fields: [
            "name": "A tag, a revision or a digest (or its first digits).",
            "at": "As of an entry, a time, a tag or a deploy.",
        ])
}
