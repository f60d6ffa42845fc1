internal import Ledger
internal import LedgerText

/// The notifications of registries: CNCF Distribution, Docker Hub and Harbor.
enum RegistryDeliveries {
    /// The media types of a manifest or an index (OCI image specification; Docker's schemas 1 and
    /// 2): a push of any other type is a part of an image.
    private static let manifests: Set<String> = [
        "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    ]

    /// An envelope of `application/vnd.docker.distribution.events.v1+json` (or v2): a list of
    /// events.
    static func map(_ fields: DeliveryFields) throws(DeliveryProblem) -> MappedDelivery {
        let type = fields.headers["content-type"] ?? ""
        if !type.isEmpty, !type.holds("json") {
            throw DeliveryProblem(
                "the content type is \(type.prefix(60)), not registry events",
                hint: "expected: application/vnd.docker.distribution.events.v1+json")
        }
        guard fields.body["events"]?.array != nil else {
            return MappedDelivery("unknown", reason: "the body has no list \"events\"")
        }
        var facts: [Fact] = []
        var reasons: [String] = []
        let events = fields.parts("events")
        for event in events {
            do { facts += try fact(event) } catch {
                reasons.append((error as? Unmapped)?.reason ?? "\(error)")
            }
        }
        let ids = events.compactMap { $0.text("id") }.joined(separator: " ")
        return MappedDelivery(
            "notification", facts, reason: Set(reasons).sorted().first, id: ids.isEmpty ? nil : ids)
    }

    private static func fact(_ event: DeliveryFields) throws -> [Fact] {
        let action = try event.needText("action")
        let repository = try event.needText("target.repository")
        let service = try event.service("target.repository")
        let id = try event.needText("id")
        let time = event.time("timestamp")
        let by = event.author("actor.name")
        let tag = try event.imageTag("target.tag")
        let digest = event.digest("target.digest")
        switch action {
        case "push":
            guard manifests.contains(event.text("target.mediaType") ?? "") else {
                throw Unmapped("a layer or a configuration is only a part of an image")
            }
            let digest = try event.need("target.digest", digest)
            if let tag {
                let tagging = ImageTagging(
                    service: service, tag: tag, digest: digest, image: repository)
                return [event.fact(.imageTagged(tagging), .registry, id, time: time, by: by)]
            }
            let push = ImagePush(service: service, digest: digest, image: repository)
            return [event.fact(.imagePushed(push), .registry, id, time: time, by: by)]
        case "delete":
            guard digest != nil || tag != nil else {
                throw Unmapped("the event names neither the deleted digest nor the deleted tag")
            }
            // The deletion of a layer looks the same, because the registry does not send the media
            // type. In that case the ledger knows no image with this digest.
            let deletion = ImageDeletion(
                service: service, digest: digest, tag: tag, image: repository)
            return [event.fact(.imageDeleted(deletion), .registry, id, time: time, by: by)]
        case "pull", "mount":
            throw Unmapped("the action \(action) does not change an image")
        default: throw Unmapped("ledger does not know the action \(action)")
        }
    }

    /// Docker Hub's webhook: a tag without a digest.
    static func dockerHub(_ fields: DeliveryFields) -> MappedDelivery {
        guard fields.body["push_data"] != nil, fields.body["repository"] != nil else {
            return MappedDelivery("unknown", reason: "the body is not a Docker Hub push")
        }
        let tag = fields.text("push_data.tag") ?? "?"
        return MappedDelivery(
            "push",
            reason:
                "Docker Hub does not report the digest of tag \(tag), and a tag can move: "
                + "record image.tagged in the build")
    }

    /// Harbor's webhook, in its own format or wrapped as a CloudEvent.
    static func harbor(_ fields: DeliveryFields) -> MappedDelivery {
        let isWrapped = fields.text("specversion") != nil
        let inner = isWrapped ? fields.body["data"] ?? .null : fields.body["event_data"] ?? .null
        let name = (fields.text("type") ?? "unknown")
            .exchanging("harbor.artifact.", for: "")
        let table: [String: Mapping] = [
            "PUSH_ARTIFACT": { try harborFacts($0, inner, deleted: false) },
            "pushed": { try harborFacts($0, inner, deleted: false) },
            "DELETE_ARTIFACT": { try harborFacts($0, inner, deleted: true) },
            "deleted": { try harborFacts($0, inner, deleted: true) },
            "PULL_ARTIFACT": GitHubDeliveries.silent("a pull does not change an image"),
            "pulled": GitHubDeliveries.silent("a pull does not change an image"),
        ]
        return MappedDelivery(name, by: table, fields, id: isWrapped ? fields.text("id") : nil)
    }

    private static func harborFacts(
        _ fields: DeliveryFields, _ inner: JSONValue, deleted: Bool
    ) throws -> [Fact] {
        let data = fields.part(inner)
        let repository = try data.needText("repository.repo_full_name")
        let service = try data.service("repository.repo_full_name")
        let time = fields.time("occur_at", "time")
        return try data.parts("resources").map { resource in
            let digest = resource.digest("digest")
            let tag = try resource.imageTag("tag")
            let event: Event
            if deleted {
                event = .imageDeleted(
                    ImageDeletion(service: service, digest: digest, tag: tag, image: repository))
            } else {
                let digest = try resource.need("resources.digest", digest)
                event =
                    tag.map {
                        .imageTagged(
                            ImageTagging(
                                service: service, tag: $0, digest: digest, image: repository))
                    }
                    ?? .imagePushed(ImagePush(service: service, digest: digest, image: repository))
            }
            let when = time.map { " \($0)" } ?? ""
            let what = [tag?.rawValue, digest?.rawValue].compactMap(\.self).joined(separator: " ")
            return fields.fact(
                event, .harbor, "\(repository) \(event.kind) \(what)\(when)", time: time,
                by: fields.author("operator"))
        }
    }
}
