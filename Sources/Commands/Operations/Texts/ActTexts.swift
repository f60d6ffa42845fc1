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

extension ObserveEnvironments {
    public static let documentation = Documentation(
        summary: "Observe what environments run, and record the observations",
        discussion: "Every host is observed with the probe from the bundle of the current release.",
        fields: [
            "environment": "Only this environment. Default: all of the playbook.",
        ])
}

extension CheckRollbackTargets {
    public static let documentation = Documentation(
        summary: "Check the rollback targets of an environment on its hosts and in the registry, and record the results",
        discussion: "",
        fields: [
            "environment": "The environment. Default: the only one.",
        ])
}

extension PlanTerms {
    public static let documentation = Documentation(
        summary: "The terms of a plan, which deploys and reverts share.",
        discussion: "",
        fields: [
            "services": "Only this service (may be repeated).",
            "onFailure": "If a step fails: stop (the default), or restore the previous release (back).",
            "reason": "The reason.",
            "again": "Run the steps even if the release already runs.",
            "acceptedMigrations": "Roll back past this irreversible migration (requires a reason).",
            "withoutVolumes": "Continue without this volume of the current release (requires a reason).",
            "acceptedDrift": "Continue although this host runs an unrecorded release (may be repeated).",
            "overridesFreeze": "Deploy during a freeze (requires a reason); the plan's entry records it.",
            "hosts": "The hosts that are shown as changing now. The run is given the same ones.",
            "wait": "If another run is under way, wait for its end, at most this long: 90s, 10min.",
            "dryRun": "Show the plan only; nothing is recorded.",
        ])
}

extension PlanDeploy {
    public static let documentation = Documentation(
        summary: "Plan a deploy, and request approval",
        discussion: "",
        fields: [
            "tag": "A tag, revision or digest (or its first digits).",
            "environment": "The environment. Default: the only one.",
            "terms": "The terms that deploys and reverts share.",
        ])
}

extension PlanRevert {
    public static let documentation = Documentation(
        summary: "Plan a revert, and request approval",
        discussion: "",
        fields: [
            "target": "A release that ran there (v0.9.9), a deploy in its history (production~2, production#42), a time, or previous.",
            "environment": "The environment. Default: the only one.",
            "terms": "The terms that deploys and reverts share.",
        ])
}

extension WriteScript {
    public static let documentation = Documentation(
        summary: "Print a revert as a POSIX script that runs without the ledger",
        discussion: "The script contains digests, hosts, files and checks, and writes its own journal. Each deploy stores one in scripts/, beside the ledger. `ledger import journal` imports its results.",
        fields: [
            "target": "An earlier release, a point in the environment's history, or previous.",
            "environment": "The environment. Default: the only one.",
            "services": "Only this service (may be repeated).",
        ])
}

extension ReconcileRegistry {
    public static let documentation = Documentation(
        summary: "Compare the tags of the playbook's images with their registries",
        discussion: "",
        fields: [
            "service": "Only this service.",
            "record": "Record the missing facts.",
        ])
}

extension ResumeRun {
    public static let documentation = Documentation(
        summary: "Resume a run that was approved, stopped or interrupted",
        discussion: "A step that started but did not finish is examined first, with its check or by an observation of the current release.",
        fields: [
            "run": "The run's number. Default: the only open run.",
            "environment": "The environment. Default: the only one.",
            "takingOver": "The reason for taking the lock from a holder that does not respond.",
            "assumeDone": "You checked: this step is done.",
            "assumeNotDone": "You checked: this step is not done.",
            "hosts": "Only these hosts now.",
            "wait": "If another run is under way, wait for its end, at most this long: 90s, 10min.",
        ])
}

extension AbandonRun {
    public static let documentation = Documentation(
        summary: "Abandon a run; the hosts are left unchanged",
        discussion: "",
        fields: [
            "run": "The run's number.",
            "reason": "The reason.",
        ])
}
