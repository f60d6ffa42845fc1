internal import CommandFiles
internal import Ledger
internal import LedgerText

/// Reads a service's container from the playbook.
extension Playbook {
    /// `image:` with one of `docker:`, `podman:` and `compose:`; `nil` if the service has none of
    /// them. An image without them requires the service's own steps.
    static func container(
        _ members: [String: StrictYAML], _ reader: StrictYAML
    ) throws(SourceProblem) -> Container? {
        let ways = ["docker", "podman", "compose"].filter { members[$0] != nil }
        guard let way = ways.first, let how = members[way] else {
            if let image = members["image"], members["deploy"] == nil {
                throw image.problem(
                    "an image requires an engine, or steps that deploy it",
                    hint: "add one: docker: {name: web}, podman: {name: web}, compose: {file: …}, "
                        + "or deploy: [{name: …, run: [program, …]}]")
            }
            return nil
        }
        guard ways.count == 1 else {
            throw reader.problem("use only one of \(ways.joined(separator: " and "))")
        }
        guard let image = members["image"] else {
            throw how.problem(
                "the container requires an image",
                hint: "image: registry.example/shop/web (without a tag)")
        }
        let repository = try self.repository(image)
        return way == "compose"
            ? try compose(how, repository)
            : try run(how, repository, way == "docker" ? .docker : .podman)
    }

    static func repository(_ reader: StrictYAML) throws(SourceProblem) -> String {
        let text = try reader.text()
        let last = text.parts(separator: "/").last ?? ""
        if last.holds(":") || last.holds("@") || text.isEmpty || text.holds(" ") {
            throw reader.problem(
                "\"\(text)\" is not a repository",
                hint: "omit the tag and digest: each release provides them")
        }
        return text
    }

    private static let limits = ["pull-limit", "start-limit"]

    private static func container(
        _ image: String, _ engine: Container.Engine, _ start: Container.Start,
        _ members: [String: StrictYAML]
    ) throws(SourceProblem) -> Container {
        func limit(_ name: String, _ otherwise: Int) throws(SourceProblem) -> Int {
            guard let reader = members[name] else { return otherwise }
            return Int(max(1, try reader.seconds().rounded(.up)))
        }
        return Container(
            image: image, engine: engine, start: start,
            pullSeconds: try limit("pull-limit", 600), startSeconds: try limit("start-limit", 120))
    }

    private static func run(
        _ reader: StrictYAML, _ image: String, _ engine: Container.Engine
    ) throws(SourceProblem) -> Container {
        let members = try reader.members(["name", "options"] + limits)
        guard let name = members["name"] else {
            throw reader.problem("a container requires a name", hint: "name: web")
        }
        let options = try members["options"]?.texts() ?? []
        return try container(
            image, engine, .run(name: try plain(name), options: options), members)
    }

    private static func compose(
        _ reader: StrictYAML, _ image: String
    ) throws(SourceProblem) -> Container {
        let members = try reader.members(
            ["file", "project", "services", "directory", "program", "engine"] + limits)
        func needed(_ name: String, _ hint: Hint) throws(SourceProblem) -> StrictYAML {
            if let found = members[name] { return found }
            throw reader.problem("compose requires \(name)", hint: "\(name): \(hint)")
        }
        var services: [String] = []
        for element in try needed("services", "[web]").elements() {
            services.append(try plain(element))
        }
        var program: Container.Compose.Program?
        if let reader = members["program"] { program = try choice(reader) }
        var engine: Container.Engine?
        if let reader = members["engine"] { engine = try choice(reader) }
        return try container(
            image, engine ?? (program == .podmanCompose ? .podman : .docker),
            .compose(
                Container.Compose(
                    file: try needed("file", "compose.yaml").text(),
                    project: try plain(needed("project", "shop")), services: services,
                    directory: try needed("directory", "/srv/shop").text(),
                    program: program ?? .docker)), members)
    }

    private static func choice<C: Choice>(
        _ reader: StrictYAML
    ) throws(SourceProblem) -> C {
        let text = try reader.text()
        if let found = C(rawValue: text) { return found }
        let known = C.allCases.map(\.rawValue).joined(separator: " or ")
        throw reader.problem("\"\(text)\" is not valid; use \(known)")
    }

    /// A name that engines accept: letters, digits, `_`, `.` and `-`.
    private static func plain(_ reader: StrictYAML) throws(SourceProblem) -> String {
        let text = try reader.text()
        let isPlain = text.utf8.allSatisfy {
            (65...90).contains($0) || (97...122).contains($0) || (48...57).contains($0)
                || "_.-".utf8.contains($0)
        }
        if isPlain, !text.isEmpty, !text.begins(with: "-") { return text }
        throw reader.problem("\"\(text)\" is not a valid name; use letters, digits, _, . and -")
    }
}
