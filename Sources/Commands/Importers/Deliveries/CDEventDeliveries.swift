internal import Ledger
internal import LedgerText

/// CDEvents 0.3 to 0.5 (cdevents.dev, "Specification").
enum CDEventDeliveries {
    /// The type of an event without its version: `service.deployed`.
    private static func name(_ type: String) -> String? {
        let parts = type.parts(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0] == "dev", parts[1].begins(with: "cdevents") else {
            return nil
        }
        return parts[1] == "cdevents"
            ? "\(parts[2]).\(parts[3])" : "\(parts[1]).\(parts[2]).\(parts[3])"
    }

    static func map(_ fields: DeliveryFields) throws(DeliveryProblem) -> MappedDelivery {
        let type = fields.text("context.type")
        guard let type, let name = name(type) else {
            return MappedDelivery("unknown", reason: "the body has no CDEvents context.type")
        }
        if let said = fields.headers["ce-type"], said != type {
            throw DeliveryProblem(
                "the header ce-type says \(said), and the body is \(type)",
                hint: "check that the headers belong to this body")
        }
        // Up to 0.4 the version of the specification was in `version`.
        let version = fields.text("context.specversion", "context.version") ?? "none"
        guard ["0.3.", "0.4.", "0.5."].contains(where: { version.begins(with: $0) }) else {
            return MappedDelivery(
                name, reason: "unsupported CDEvents version \(version); ledger reads 0.3 to 0.5")
        }
        guard let id = fields.text("context.id"), let source = fields.text("context.source") else {
            return MappedDelivery(name, reason: "context.id or context.source is missing")
        }
        // Source and id together name an event (CDEvents, "id"); some senders give one id to all
        // events of a chain, so the type is included.
        let known = name.begins(with: "cdeventsx") ? "custom" : name
        return MappedDelivery(known, by: table, fields, id: "\(name) \(source) \(id)")
    }

    private static let table: [String: Mapping] = {
        var table: [String: Mapping] = [
            "branch.created": { [try branch($0, Event.refCreated)] },
            "branch.deleted": { [try branch($0, Event.refDeleted)] },
            "change.created": { [try change($0, Event.changeOpened)] },
            "change.merged": { [try change($0, Event.changeMerged)] },
            "change.abandoned": { [try change($0, Event.changeClosed)] },
            "artifact.published": { [try artifact($0, $0.needText("subject.id"))] },
            "artifact.deleted": { [try deletion($0)] },
            "incident.detected": { [try incident($0, Event.incidentOpened)] },
            "incident.reported": { [try incident($0, Event.incidentOpened)] },
            "incident.resolved": { [try incident($0, Event.incidentResolved)] },
            "service.deployed": { [try service($0, Event.deployed)] },
            "service.upgraded": { [try service($0, Event.deployed)] },
            "service.rolledback": { [try service($0, Event.reverted)] },
        ]
        for (subject, predicates, reason) in silent {
            for predicate in predicates {
                table["\(subject).\(predicate)"] = GitHubDeliveries.silent(reason)
            }
        }
        table["custom"] = GitHubDeliveries.silent("ledger does not interpret custom events")
        return table
    }()

    private static let silent: [(String, [String], String)] = [
        (
            "artifact", ["packaged", "signed", "downloaded"],
            "only a published image can be deployed"
        ),
        (
            "build", ["queued", "started", "finished"],
            "a CDEvents build does not name its commit"
        ),
        (
            "change", ["reviewed", "updated"],
            "the event names neither the reviewer nor the verdict"
        ),
        ("environment", ["created", "modified", "deleted"], "the event does not change what runs"),
        ("pipelinerun", ["queued", "started", "finished"], "the event does not name its commit"),
        ("taskrun", ["started", "finished"], "the event does not name its commit"),
        ("repository", ["created", "modified", "deleted"], "the event does not release anything"),
        ("service", ["published", "removed"], "ledger has no matching event kind"),
        (
            "testcaserun", ["queued", "started", "finished", "skipped"],
            "the event does not name its commit"
        ),
        ("testsuiterun", ["queued", "started", "finished"], "the event does not name its commit"),
        ("testoutput", ["published"], "the event does not name its commit"),
        ("ticket", ["created", "updated", "closed"], "a ticket is not about a release"),
    ]

    // MARK: Facts

    private static func fact(_ fields: DeliveryFields, _ event: Event) throws -> Fact {
        let source = try fields.needText("context.source")
        let name = try name(fields.needText("context.type")) ?? ""
        return fields.fact(
            event, .cdevents, "\(name) \(source) \(try fields.needText("context.id"))",
            time: fields.time("context.timestamp"))
    }

    private static func repository(_ fields: DeliveryFields) throws -> RepositoryName {
        try fields.need(
            "subject.content.repository.id",
            fields.text("subject.content.repository.id").flatMap(RepositoryName.init(rawValue:)))
    }

    private static func branch(
        _ fields: DeliveryFields, _ event: (RefChange) -> Event
    ) throws -> Fact {
        let change = RefChange(
            repository: try repository(fields), branch: try fields.needText("subject.id"))
        return try fact(fields, event(change))
    }

    private static func change(_ fields: DeliveryFields, _ event: (Change) -> Event) throws -> Fact
    {
        let change = Change(
            repository: try repository(fields), title: try fields.needText("subject.id"))
        return try fact(fields, event(change))
    }

    private static func artifact(_ fields: DeliveryFields, _ text: String) throws -> Fact {
        let image = try Self.image(fields, text)
        let digest = try fields.need("a digest in \(text)", image.digest)
        guard let tag = image.tag else {
            return try fact(
                fields,
                .imagePushed(ImagePush(service: image.service, digest: digest, image: image.name)))
        }
        return try fact(
            fields,
            .imageTagged(
                ImageTagging(service: image.service, tag: tag, digest: digest, image: image.name)))
    }

    private static func deletion(_ fields: DeliveryFields) throws -> Fact {
        let image = try Self.image(fields, try fields.needText("subject.id"))
        return try fact(
            fields,
            .imageDeleted(
                ImageDeletion(
                    service: image.service, digest: image.digest, tag: image.tag, image: image.name)
            ))
    }

    private static func incident(
        _ fields: DeliveryFields, _ event: (Incident) -> Event
    ) throws -> Fact {
        let content = "subject.content"
        let incident = Incident(
            name: try fields.needText("subject.id"),
            environment: fields.text("\(content).environment.id")
                .flatMap(EnvironmentName.init(rawValue:)),
            service: fields.text("\(content).service.id").flatMap(ServiceName.init(rawValue:)),
            summary: fields.text("\(content).description"))
        return try fact(fields, event(incident))
    }

    private static func service(
        _ fields: DeliveryFields, _ event: (RunFinished) -> Event
    ) throws -> Fact {
        let artifact = fields.text("subject.content.artifactId")
        let image = try artifact.map { try Self.image(fields, $0) }
        let name = try fields.need(
            "subject.id", fields.text("subject.id").flatMap(ServiceName.init(rawValue:)))
        let finished = RunFinished(
            environment: try fields.need(
                "subject.content.environment.id",
                fields.text("subject.content.environment.id")
                    .flatMap(EnvironmentName.init(rawValue:))),
            service: fields.context.service ?? name, tag: image?.tag, digest: image?.digest)
        return try fact(fields, event(finished))
    }

    // MARK: Images

    /// The image that a package URL names (github.com/package-url, type `oci`).
    private static func image(
        _ fields: DeliveryFields, _ text: String
    ) throws -> (name: String, service: ServiceName, digest: ImageDigest?, tag: ReleaseTag?) {
        guard text.begins(with: "pkg:oci/") || text.begins(with: "pkg:docker/") else {
            throw Unmapped("\(text.prefix(80)) is not an image")
        }
        let parts = text.drop { $0 != "/" }.dropFirst().parts(separator: "?", maxSplits: 1)
        let path = (parts.first ?? "").parts(separator: "@", maxSplits: 1)
        let name = decoded(path.first ?? "")
        let version = path.count > 1 ? decoded(path[1]) : ""
        var pairs: [String: String] = [:]
        for pair in parts.count > 1 ? parts[1].parts(separator: "&") : [] {
            let words = pair.parts(separator: "=", maxSplits: 1)
            pairs[String(words[0])] = words.count > 1 ? decoded(words[1]) : ""
        }
        let service = try fields.need(
            "a service in \(name)", fields.context.service(of: pairs["repository_url"] ?? name)
        )
        return (
            name, service, ImageDigest(rawValue: version),
            pairs["tag"].flatMap(ReleaseTag.init(rawValue:))
        )
    }

    /// Decodes percent-encoding (RFC 3986, section 2.1); malformed sequences stay unchanged.
    private static func decoded(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2,
                let value = UInt8(digits, radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
