public import Ledger
internal import LedgerText

/// Entries as CDEvents 0.5.1 (cdevents.dev, "Specification"). An entry without a matching CDEvents
/// type becomes a custom event of the tool `ledger`.
public enum CDEvent {
    /// The version of the specification.
    static let version = "0.5.1"

    /// Returns the event of an entry. `source` is the address of this ledger, a URI reference (RFC
    /// 3986).
    public static func value(of entry: Entry, source: String) -> JSONValue {
        let word = word(for: entry) ?? custom(entry)
        var context: [String: JSONValue] = [
            "specversion": .string(version), "id": .string(entry.id.description),
            "source": .string("\(source)/\(Percent.encoded(entry.stream.rawValue, keeping: "/"))"),
            "type": .string(word.type), "timestamp": .string(entry.time.description),
        ]
        context["chainId"] = entry.draft.correlation.map { .string($0.description) }
        if let cause = entry.draft.cause {
            context["links"] = [
                ["linkType": "PATH", "from": ["contextId": .string(cause.description)]]
            ]
        }
        return [
            "context": .object(context),
            "subject": ["id": .string(word.subject), "content": .object(word.content)],
            // The whole entry is included, because CDEvents has no field for some of its members.
            "customData": entry.json, "customDataContentType": "application/json",
        ]
    }

    /// The CDEvents type, subject and content of an entry.
    private struct Word {
        let type: String
        let subject: String
        var content: [String: JSONValue] = [:]

        init(_ name: String, _ subject: String, _ content: [String: JSONValue?] = [:]) {
            type = "dev.cdevents.\(name).\(CDEventTypes.versions[name] ?? "0.1.0")"
            self.subject = subject
            self.content = content.compactMapValues(\.self)
        }

        init(type: String, subject: String, content: [String: JSONValue]) {
            (self.type, self.subject, self.content) = (type, subject, content)
        }
    }

    private static func custom(_ entry: Entry) -> Word {
        // The name of a custom type may contain letters only:
        // `dev.cdeventsx.ledger-step.started.0.1.0`.
        let letters = entry.kind.parts(separator: ".").map { part in
            part.filter { $0.isASCII && $0.isLetter }
        }.filter { !$0.isEmpty }
        let subject = letters.first ?? "entry"
        let predicate = letters.dropFirst().joined()
        return Word(
            type: "dev.cdeventsx.ledger-\(subject).\(predicate.isEmpty ? "told" : predicate).0.1.0",
            subject: entry.id.description, content: entry.fields.object ?? [:])
    }

    private static func word(for entry: Entry) -> Word? {
        switch entry.event {
        case .refCreated(let it): branch(it, "branch.created")
        case .refDeleted(let it): branch(it, "branch.deleted")
        case .changeOpened(let it): change(it, "change.created", entry)
        case .changeMerged(let it): change(it, "change.merged", entry)
        case .changeClosed(let it): change(it, "change.abandoned", entry)
        case .reviewSubmitted(let it):
            Word("change.reviewed", String(it.number), ["repository": reference(it.repository)])
        case .checkFinished(let it):
            // A CDEvents test run requires an environment; a check of a commit has no environment.
            Word(
                "taskrun.finished", entry.id.description,
                [
                    "taskName": .string(it.name), "outcome": .string(outcome(it.outcome)),
                    "uri": it.url.map { .string($0) },
                ])
        case .buildStarted: Word("build.started", entry.id.description)
        case .built(let it):
            Word(
                "build.finished", entry.id.description,
                ["artifactId": it.digest.map { image(it.service, it.image, $0, it.tag) }])
        case .imagePushed(let it):
            Word("artifact.published", imageText(it.service, it.image, it.digest, nil))
        case .imageTagged(let it):
            Word("artifact.published", imageText(it.service, it.image, it.digest, it.tag))
        case .imageDeleted(let it):
            it.digest.map {
                Word("artifact.deleted", imageText(it.service, it.image, $0, it.tag))
            }
        case .deployed(let it):
            service(it, it.from == nil ? "service.deployed" : "service.upgraded")
        case .reverted(let it): service(it, "service.rolledback")
        case .incidentOpened(let it): incident(it, "incident.detected")
        case .incidentResolved(let it): incident(it, "incident.resolved")
        case .pushed, .releasePublished, .deployPlanned, .deployApproved, .deployStarted,
            .deployFailed, .deployAbandoned, .revertPlanned, .revertApproved, .revertStarted,
            .revertFailed, .revertAbandoned, .approvalBypassed, .approvalReviewed, .stepStarted,
            .stepFinished, .leaseGranted,
            .leaseTaken, .leaseReleased, .migrationApplied, .hostObserved, .healthObserved,
            .targetChecked, .fenceRaised, .fenceLifted, .pinSet, .pinRemoved, .freezeStarted,
            .freezeEnded, .guardChecked, .guardWaived, .noteAdded, .corrected, .redacted,
            .received, .keyChanged, .merged, .unknown:
            nil
        }
    }

    // MARK: Words

    private static func branch(_ change: RefChange, _ name: String) -> Word? {
        change.branch.map { Word(name, $0, ["repository": reference(change.repository)]) }
    }

    private static func change(_ change: Change, _ name: String, _ entry: Entry) -> Word {
        let description =
            name == "change.created" ? change.title.flatMap { $0.isEmpty ? nil : $0 } : nil
        return Word(
            name, change.number.map(String.init) ?? change.title ?? entry.id.description,
            [
                "repository": reference(change.repository),
                "description": description.map { .string($0) },
            ])
    }

    private static func service(_ run: RunFinished, _ name: String) -> Word? {
        let artifact: String
        if let digest = run.digest {
            artifact = imageText(run.service, nil, digest, run.tag)
        } else if let version = run.tag?.rawValue ?? run.revision?.rawValue {
            artifact =
                "pkg:generic/\(Percent.encoded(run.service.rawValue))@"
                + Percent.encoded(version)
        } else {
            return nil
        }
        return Word(
            name, run.service.rawValue,
            [
                "environment": ["id": .string(run.environment.rawValue)],
                "artifactId": .string(artifact),
            ])
    }

    private static func incident(_ incident: Incident, _ name: String) -> Word? {
        incident.environment.map { environment in
            Word(
                name, incident.name,
                [
                    "environment": ["id": .string(environment.rawValue)],
                    "service": incident.service.map { ["id": .string($0.rawValue)] },
                    "description": incident.summary.map { .string($0) },
                ])
        }
    }

    private static func reference(_ name: RepositoryName) -> JSONValue {
        ["id": .string(name.rawValue)]
    }

    private static func outcome(_ outcome: Outcome) -> String {
        switch outcome {
        case .succeeded: "success"
        case .failed: "failure"
        case .cancelled: "cancel"
        case .skipped: "skip"
        case .unknown: "error"
        }
    }

    // MARK: Images

    private static func image(
        _ service: ServiceName, _ name: String?, _ digest: ImageDigest, _ tag: ReleaseTag?
    ) -> JSONValue { .string(imageText(service, name, digest, tag)) }

    /// A package URL (github.com/package-url, type `oci`): the name is the last component of the
    /// repository name, in lower case.
    private static func imageText(
        _ service: ServiceName, _ name: String?, _ digest: ImageDigest, _ tag: ReleaseTag?
    ) -> String {
        let short = (name ?? service.rawValue).parts(separator: "/").last ?? ""
        let pairs = [
            name.flatMap {
                $0.holds("/") ? "repository_url=\(Percent.encoded($0, keeping: "/"))" : nil
            },
            tag.map { "tag=\(Percent.encoded($0.rawValue))" },
        ].compactMap(\.self)
        return "pkg:oci/\(Percent.encoded(short.lowercased()))@\(Percent.encoded(digest.rawValue))"
            + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }
}
