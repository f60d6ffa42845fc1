internal import CommandFiles
internal import LedgerText

/// Rules for compose files.
enum ComposeRules {
    static func judge(_ file: ComposeFile, _ index: SourceIndex) -> [GuardFinding] {
        file.services.flatMap { service in
            tags(service) + rights(service) + secrets(service)
                + volumes(service, file, index)
        } + secrets(file)
    }

    private static func found(
        _ rule: GuardRule, _ place: ComposeFile.Place, _ message: String
    ) -> GuardFinding {
        GuardFinding(rule, place.path, place.line, message)
    }

    private static func tags(_ service: ComposeFile.Service) -> [GuardFinding] {
        guard let image = service.image, let why = MovingTag.problem(of: image.text) else {
            return []
        }
        // Built here without a tag: compose names it, and nobody pulls it.
        if service.build != nil, !image.text.holds(":") { return [] }
        return [found(.movingTag, image.place, "\(service.name): \(why)")]
    }

    /// Secrets in files that are written in the compose file itself (`configs: {x: {content: …}}`).
    private static func secrets(_ file: ComposeFile) -> [GuardFinding] {
        file.contents.flatMap { content in
            SecretRules.judge(settings: file.path, content.text).map {
                GuardFinding($0.rule, $0.path, content.line + $0.line - 1, $0.message)
            }
        }
    }

    private static func rights(_ service: ComposeFile.Service) -> [GuardFinding] {
        var all: [GuardFinding] = []
        let sockets = ["docker.sock", "podman.sock", "containerd.sock"]
        for mount in service.mounts {
            // A folder that contains the socket also exposes it.
            guard let source = mount.source,
                sockets.contains(where: { source.ends(with: $0) || mount.target.ends(with: $0) })
                    || ["/var/run", "/run", "/var/run/", "/run/", "/"].contains(source)
            else {
                continue
            }
            all.append(
                found(.dockerSocket, mount.place, "\(service.name) mounts \(source)"))
        }
        if let place = service.engineSocket {
            all.append(
                found(.dockerSocket, place, "\(service.name) has access to the engine's socket"))
        }
        if let place = service.privileged {
            all.append(found(.privileged, place, "\(service.name) runs privileged"))
        }
        if let user = service.user?.parts(separator: ":").first, user == "root" || user == "0" {
            all.append(found(.rootUser, service.place, "\(service.name) runs as root"))
        }
        return all
    }

    private static func secrets(_ service: ComposeFile.Service) -> [GuardFinding] {
        let values = service.environment + (service.build?.arguments ?? [])
        let named = values.filter { LiteralSecret.isOne($0.name, $0.value) }.map {
            found(
                .literalSecret, $0.place, "\($0.name) of \(service.name) contains a literal secret")
        }
        let spoken = service.commands.filter { LiteralSecret.isIn(command: $0.words) }.map {
            found(
                .literalSecret, $0.place, "a command line of \(service.name) contains a secret")
        }
        return named + spoken
    }

    // MARK: Volumes

    /// Where well-known images store persistent data.
    private static let state: [(image: String, place: String)] = [
        ("postgres", "/var/lib/postgresql"), ("postgis", "/var/lib/postgresql"),
        ("pgvector", "/var/lib/postgresql"), ("timescaledb", "/var/lib/postgresql"),
        ("mysql", "/var/lib/mysql"), ("mariadb", "/var/lib/mysql"), ("mongo", "/data/db"),
        ("elasticsearch", "/usr/share/elasticsearch/data"), ("qdrant", "/qdrant/storage"),
        ("minio", "/data"), ("chroma", "/data"), ("clickhouse-server", "/var/lib/clickhouse"),
        ("weaviate", "/var/lib/weaviate"), ("influxdb", "/var/lib/influxdb"),
        ("rabbitmq", "/var/lib/rabbitmq"), ("neo4j", "/data"),
    ]

    private static func volumes(
        _ service: ComposeFile.Service, _ file: ComposeFile, _ index: SourceIndex
    ) -> [GuardFinding] {
        let image = service.image?.text.parts(separator: "@").first?.parts(separator: "/").last?
            .parts(separator: ":").first.map(String.init)
        func isKept(_ place: (String) -> Bool) -> Bool {
            service.mounts.contains { mount in
                mount.source != nil && !mount.isTemporary && !mount.target.begins(with: "/etc/")
                    && place(mount.target)
            }
        }
        // A service that only prepares another one stores no data: `db-init`.
        if !Signs.words(of: service.name).isDisjoint(with: [
            "init", "migrate", "migrations", "seed",
        ]) {
            return []
        }
        if service.build == nil, let image, let known = state.first(where: { $0.image == image }) {
            // A mounted parent folder also keeps the data, and images differ in the exact path.
            let named = service.keeps
            let hasAny = isKept { target in
                named.contains { $0 == target || $0.begins(with: target + "/") }
                    || known.place.begins(with: target) || target.begins(with: known.place)
                    || target.begins(with: "/data") || target.holds("/\(image)")
                    || target.holds("/data")
            }
            return hasAny
                ? []
                : [
                    found(
                        .volumes, service.place,
                        "\(service.name): data of \(image) (\(known.place)) is not on a volume")
                ]
        }
        guard let build = service.build else { return [] }
        let context = SourceTree.resolve(build.context, from: SourceTree.folder(of: file.path))
        return ["data", "static"].compactMap { name in
            let inside = [context ?? "", name].filter { !$0.isEmpty }.joined(separator: "/")
            guard context != nil, index.folders.contains(inside),
                !isKept({
                    "\($0)/".ends(with: "/\(name)/") || "\($0)/".holds("/\(name)/")
                        || $0 == "/app"
                })
            else { return nil }
            return found(
                .volumes, service.place, "\(service.name): \(name)/ is not on a volume")
        }
    }
}
