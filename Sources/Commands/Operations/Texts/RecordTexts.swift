// Made by scripts/documentation from the doc comments of the operations.
// swift-format-ignore-file

extension FactInput {
    public static let documentation = Documentation(
        summary: "A fact from outside, as a request gives it.",
        discussion: "",
        fields: [
            "kind": "The kind of event, such as image.tagged.",
            "fields": "The fields of the kind, as a JSON object.",
            "time": "When it happened (RFC 3339, @seconds, 2.hours.ago). Default: now.",
            "by": "Who caused it. Default: the author of the request.",
            "source": "The system that reported the fact: github, jenkins.",
            "sourceID": "The fact's id in that system: a delivery id, a run id and attempt.",
        ])
}

extension RecordFact {
    public static let documentation = Documentation(
        summary: "Record an event",
        discussion: "",
        fields: [
            "fact": "The fact.",
        ])
}

extension RecordFacts {
    public static let documentation = Documentation(
        summary: "Record many events: all or none",
        discussion: "",
        fields: [
            "facts": "The facts, in their order.",
        ])
}

extension StartFreeze {
    public static let documentation = Documentation(
        summary: "Suspend deploys to an environment",
        discussion: "A deploy then requires `--override-freeze` with a reason. A revert is allowed.",
        fields: [
            "environment": "The environment. Default: the only one.",
            "reason": "The reason.",
            "until": "When the freeze ends by itself: a duration (6h) or a time. Default: when somebody ends it.",
        ])
}

extension EndFreeze {
    public static let documentation = Documentation(
        summary: "Allow deploys to an environment again",
        discussion: "",
        fields: [
            "environment": "The environment. Default: the only one.",
            "reason": "The reason.",
        ])
}

extension ImportJournal {
    public static let documentation = Documentation(
        summary: "Import the results of a script of `ledger script`",
        discussion: "",
        fields: [
            "journal": "The text of the journal.",
            "file": "The name of its file, for messages.",
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
            "environment": "The environment. Default: the only one.",
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
            "environment": "The environment. Default: the only one.",
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
            "environment": "The environment. Default: the only one.",
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
            "environment": "The environment. Default: the only one.",
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
            "environment": "The environment. Default: the only one.",
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
