public import Ledger
internal import LedgerText

/// The types of CDEvents 0.5.1, and the conversion of 0.3 and 0.4 events to 0.5.1.
public enum CDEventTypes {
    /// The version of each type.
    static let versions: [String: String] = {
        var versions: [String: String] = [:]
        for (version, names) in byVersion { for name in names { versions[name] = version } }
        return versions
    }()

    private static let byVersion: [String: [String]] = [
        "0.4.0": ["change.created"],
        "0.3.0": [
            "artifact.packaged", "artifact.published", "artifact.signed", "branch.created",
            "branch.deleted", "build.finished", "build.queued", "build.started",
            "change.abandoned", "change.merged", "change.reviewed", "change.updated",
            "environment.created", "environment.deleted", "environment.modified",
            "incident.detected", "incident.reported", "incident.resolved",
            "pipelinerun.finished", "pipelinerun.queued", "pipelinerun.started",
            "repository.created", "repository.deleted", "repository.modified",
            "service.deployed", "service.published", "service.removed", "service.rolledback",
            "service.upgraded", "taskrun.finished", "taskrun.started", "testcaserun.finished",
            "testcaserun.queued", "testcaserun.started", "testoutput.published",
            "testsuiterun.finished", "testsuiterun.queued", "testsuiterun.started",
        ],
        "0.2.0": [
            "artifact.deleted", "artifact.downloaded", "testcaserun.skipped", "ticket.closed",
            "ticket.created", "ticket.updated",
        ],
    ]

    /// Converts a CDEvents 0.3 to 0.5 event to 0.5.1; `nil` if it is not a CDEvents event.
    public static func raised(_ event: JSONValue) -> JSONValue? {
        guard var members = event.object, var context = members["context"]?.object,
            var subject = members["subject"]?.object, let type = context["type"]?.string
        else { return nil }
        let parts = type.parts(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 7, parts[0] == "dev" else { return nil }
        let name = "\(parts[2]).\(parts[3])"
        if parts[1] == "cdevents" {
            guard let version = versions[name] else { return nil }
            context["type"] = .string("dev.cdevents.\(name).\(version)")
        }
        // Up to 0.4 the version was in `version`, and the subject repeated its type.
        context["version"] = nil
        context["specversion"] = .string(CDEvent.version)
        if parts[1] == "cdevents" {
            if let content = subject["content"]?.object {
                subject["content"] = .object(raised(content, of: name))
            }
            subject["type"] = nil
        }
        members["context"] = .object(context)
        members["subject"] = .object(subject)
        return .object(members)
    }

    /// Up to 0.4 addresses were called `url`, and outcomes had other values or free text.
    private static func raised(
        _ content: [String: JSONValue], of name: String
    ) -> [String: JSONValue] {
        var content = content
        func rename(_ members: inout [String: JSONValue]) {
            if let address = members.removeValue(forKey: "url") { members["uri"] = address }
        }
        rename(&content)
        if var suite = content["testSuite"]?.object {
            rename(&suite)
            content["testSuite"] = .object(suite)
        }
        if ["pipelinerun.finished", "testcaserun.finished", "testsuiterun.finished"].contains(name),
            let outcome = content["outcome"]?.string
        {
            content["outcome"] = words[outcome.lowercased()].map { .string($0) }
        }
        return content
    }

    private static let words = [
        "success": "success", "succeeded": "success", "pass": "success", "passed": "success",
        "failure": "failure", "failed": "failure", "fail": "failure",
        "cancel": "cancel", "cancelled": "cancel", "canceled": "cancel", "error": "error",
    ]
}
