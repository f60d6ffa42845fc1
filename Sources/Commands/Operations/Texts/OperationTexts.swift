// Made by scripts/documentation from the doc comments of the operations.
// swift-format-ignore-file

extension ReadPlan {
    public static let documentation = Documentation(
        summary: "Show the plan of a run, and the statement that an approver signs",
        discussion: "",
        fields: [
            "run": "The run's number.",
            "purpose": "What the statement is for.",
            "reason": "The reason of a bypass or review, without secrets: it is a part of the statement.",
        ])
}

extension ApproveRun {
    public static let documentation = Documentation(
        summary: "Approve a plan, bypass its approvals, or review a bypass",
        discussion: "The approval is valid for exactly this plan and the state that it was made from, for a limited time. If the playbook names allowed signers, it is an SSH signature over the statement.",
        fields: [
            "run": "The run's number.",
            "purpose": "What is recorded.",
            "reason": "The reason; required for a bypass and a review.",
            "signature": "The SSH signature of the statement (armored, PROTOCOL.sshsig).",
        ])
}

extension RejectRun {
    public static let documentation = Documentation(
        summary: "Reject a plan that waits for approval",
        discussion: "",
        fields: [
            "run": "The run's number.",
            "reason": "The reason.",
        ])
}

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

extension ExplainState {
    public static let documentation = Documentation(
        summary: "Name the entries from which an environment's state follows",
        discussion: "",
        fields: [
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

extension StartFreeze {
    public static let documentation = Documentation(
        summary: "Suspend deploys to an environment",
        discussion: "A deploy then requires `--override-freeze` with a reason. A revert is allowed.",
        fields: [
            "reason": "The reason.",
            "until": "When the freeze ends by itself: a duration (6h) or a time. Default: when somebody ends it.",
        ])
}

extension EndFreeze {
    public static let documentation = Documentation(
        summary: "Allow deploys to an environment again",
        discussion: "",
        fields: [
            "reason": "The reason.",
        ])
}

extension OpenIncident {
    public static let documentation = Documentation(
        summary: "Record that an incident began",
        discussion: "",
        fields: [
            "name": "The name of the incident, such as an alert's.",
            "environment": "The affected environment; absent for all.",
            "service": "The affected service.",
            "severity": "How serious it is, in the words of the team.",
            "summary": "What is wrong, in one sentence.",
            "url": "Where it is handled.",
            "time": "When it began. Default: now.",
        ])
}

extension ResolveIncident {
    public static let documentation = Documentation(
        summary: "Record that an incident is resolved",
        discussion: "",
        fields: [
            "name": "The name of the incident.",
            "environment": "Only the incident of this environment.",
            "service": "Only the incident of this service.",
            "summary": "What resolved it.",
            "time": "When it was resolved. Default: now.",
        ])
}

extension RaiseFence {
    public static let documentation = Documentation(
        summary: "Fence a release and its descendants",
        discussion: "A fenced release cannot be deployed until the fence is lifted. Its descendants cannot be deployed either, unless they contain a commit that --fixed-by names.",
        fields: [
            "tag": "The release's tag (or revision, or digest).",
            "service": "Only this service. Default: all services with the tag.",
            "reason": "The reason.",
            "fixes": "The commit (or tag) with the fix: releases that contain it are allowed.",
        ])
}

extension LiftFence {
    public static let documentation = Documentation(
        summary: "Lift the fence of a release",
        discussion: "",
        fields: [
            "tag": "The release's tag (or revision, or digest).",
            "service": "Only this service. Default: all services with the tag.",
            "reason": "The reason.",
        ])
}

extension SetPin {
    public static let documentation = Documentation(
        summary: "Keep a release as a rollback target, safe from cleanup",
        discussion: "",
        fields: [
            "tag": "The release's tag.",
            "service": "Only this service. Default: all services with the tag.",
            "reason": "The reason.",
        ])
}

extension RemovePin {
    public static let documentation = Documentation(
        summary: "Remove the pin of a release",
        discussion: "",
        fields: [
            "tag": "The release's tag.",
            "service": "Only this service. Default: all services with the tag.",
            "reason": "The reason.",
        ])
}

extension AddNote {
    public static let documentation = Documentation(
        summary: "Add a note",
        discussion: "",
        fields: [
            "text": "The text of the note.",
            "about": "The sequence of the entry that the note is about.",
            "service": "The service that the note is about.",
            "tag": "The tag that the note is about.",
        ])
}

extension CorrectEntry {
    public static let documentation = Documentation(
        summary: "Record a correction of an earlier entry; both entries are kept",
        discussion: "",
        fields: [
            "entry": "The entry's sequence.",
            "fields": "The right values, by field.",
            "reason": "The reason.",
        ])
}
