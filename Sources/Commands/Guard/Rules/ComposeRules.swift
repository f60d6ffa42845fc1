internal import LedgerText

/// What is held against a compose file.
enum ComposeRules {
    static func judge(_ file: ComposeFile, _ tree: SourceTree) -> [GuardFinding] {
        file.services.flatMap { service in
            tags(service, file.path) + rights(service, file.path) + secrets(service, file.path)
                + volumes(service, file, tree)
        }
    }

    private static func tags(_ service: ComposeFile.Service, _ path: String) -> [GuardFinding] {
        guard let image = service.image, let why = MovingTag.problem(of: image.text) else {
            return []
        }
        // Built here without a tag: compose gives it one, and nobody pulls it.
        if service.build != nil, !image.text.holds(":") { return [] }
        return [GuardFinding(.movingTag, path, image.line, "\(service.name): \(why)")]
    }

    private static func rights(_ service: ComposeFile.Service, _ path: String) -> [GuardFinding] {
        var found: [GuardFinding] = []
        let sockets = ["docker.sock", "podman.sock", "containerd.sock"]
        for mount in service.mounts {
            // A folder that holds the socket gives it as well.
            guard let source = mount.source,
                sockets.contains(where: { source.ends(with: $0) })
                    || ["/var/run", "/run", "/var/run/", "/run/"].contains(source)
            else {
                continue
            }
            found.append(
                GuardFinding(.dockerSocket, path, mount.line, "\(service.name) is given \(source)"))
        }
        if let line = service.engineSocket {
            found.append(
                GuardFinding(
                    .dockerSocket, path, line, "\(service.name) is given the engine's socket"))
        }
        if let line = service.privileged {
            found.append(
                GuardFinding(.privileged, path, line, "\(service.name) has all rights of the host"))
        }
        if let user = service.user?.parts(separator: ":").first, user == "root" || user == "0" {
            found.append(
                GuardFinding(.rootUser, path, service.line, "\(service.name) is run as root"))
        }
        return found
    }

    private static func secrets(_ service: ComposeFile.Service, _ path: String) -> [GuardFinding] {
        let values = service.environment + (service.build?.arguments ?? [])
        let named = values.filter { LiteralSecret.isOne($0.name, $0.value) }.map {
            GuardFinding(
                .literalSecret, path, $0.line, "\($0.name) of \(service.name) is a literal")
        }
        let spoken = service.commands.filter { LiteralSecret.isIn(command: $0.words) }.map {
            GuardFinding(
                .literalSecret, path, $0.line, "a command line of \(service.name) holds a secret")
        }
        return named + spoken
    }

    // MARK: Volumes

    /// Where well-known images keep what must not be lost.
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
        _ service: ComposeFile.Service, _ file: ComposeFile, _ tree: SourceTree
    ) -> [GuardFinding] {
        let image = service.image?.text.parts(separator: "@").first?.parts(separator: "/").last?
            .parts(separator: ":").first.map(String.init)
        func isKept(_ place: (String) -> Bool) -> Bool {
            service.mounts.contains { $0.source != nil && !$0.isTemporary && place($0.target) }
        }
        if service.build == nil, let image, let known = state.first(where: { $0.image == image }) {
            // A parent of the folder keeps it too, and images differ in where exactly it is.
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
                    GuardFinding(
                        .volumes, file.path, service.line,
                        "\(service.name): what \(image) keeps (\(known.place)) is on no volume")
                ]
        }
        guard let build = service.build else { return [] }
        let context = SourceTree.resolve(build.context, from: SourceTree.folder(of: file.path))
        return ["data", "static"].compactMap { name in
            let inside = [context ?? "", name].filter { !$0.isEmpty }.joined(separator: "/") + "/"
            guard context != nil, tree.sizes.keys.contains(where: { $0.begins(with: inside) }),
                !isKept({
                    "\($0)/".ends(with: "/\(name)/") || "\($0)/".holds("/\(name)/")
                        || $0 == "/app"
                })
            else { return nil }
            return GuardFinding(
                .volumes, file.path, service.line, "\(service.name): \(name)/ is on no volume")
        }
    }
}
