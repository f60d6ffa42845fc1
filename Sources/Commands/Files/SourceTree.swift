internal import LedgerText

/// The files that the rules check.
public struct SourceTree: Sendable {
    /// The texts of files that the rules read, by path relative to the tree's root.
    public var texts: [String: String]
    /// The size of each file in bytes, including files that no rule reads.
    public var sizes: [String: Int]

    /// Files that a compose project includes (`include`), whatever their names.
    public var included: Set<String> = []

    /// Programs in the tree that Dockerfiles run, by path.
    public var programs: [String: String] = [:]

    /// The paths of all files, by file name.
    public func pathsByName() -> [String: [String]] {
        Dictionary(grouping: sizes.keys) { String($0.parts(separator: "/").last ?? "") }
    }

    /// Files that the rules require but that cannot be read, with the reason.
    public var problems: [String: String]

    public init(
        texts: [String: String], sizes: [String: Int] = [:], problems: [String: String] = [:]
    ) {
        self.texts = texts
        self.problems = problems
        self.sizes = sizes.merging(texts.mapValues(\.utf8.count)) { size, _ in size }
    }

    /// The role of a file, judged by its name.
    public enum Role: String, Sendable {
        case dockerfile, ignoreFile, compose, workflow, action, settings, requirements
    }

    /// The role of a file for the rules; `nil` if they do not read it.
    public static func role(of path: String) -> Role? {
        let parts = path.parts(separator: "/")
        guard let name = parts.last?.lowercased() else { return nil }
        let isYAML = name.ends(with: ".yml") || name.ends(with: ".yaml")
        if name.ends(with: ".dockerignore") { return .ignoreFile }
        if ["dockerfile", "containerfile"].contains(where: { kind in
            name == kind || name.ends(with: "." + kind)
                || [".", "_", "-"].contains { name.begins(with: kind + $0) }
        }) {
            return .dockerfile
        }
        if isYAML, parts.count > 2, parts.suffix(3).dropLast() == [".github", "workflows"] {
            return .workflow
        }
        if name == "action.yml" || name == "action.yaml" { return .action }
        if isYAML, isOfCompose(name) { return .compose }
        if name == ".env" || name.begins(with: ".env.") || name.ends(with: ".env") {
            return .settings
        }
        let isListed =
            name.begins(with: "requirements") || parts.dropLast().last == "requirements"
        if name == "pyproject.toml" || isListed && name.ends(with: ".txt") {
            return .requirements
        }
        return nil
    }

    /// Whether a file has a usual name of a compose file or swarm stack: `compose.yaml`,
    /// `docker-compose.dev.yml`, `my-docker-compose.yaml`, `docker-stack.yml`.
    private static func isOfCompose(_ name: String) -> Bool {
        if name.begins(with: "compose") || name.begins(with: "docker-compose") { return true }
        let words = name.utf8.split { ".-_".utf8.contains($0) }.map { String(Substring($0)) }
        return words.contains("compose") || words.contains("docker") && words.contains("stack")
    }

    /// The texts of one role, in the order of their paths.
    package func texts(_ role: Role) -> [(path: String, text: String)] {
        texts.filter { path, _ in
            included.contains(path) ? role == .compose : Self.role(of: path) == role
        }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The unread files that a compose file references: files that it includes, and files that its
    /// services extend.
    public func references(of path: String) -> (included: [String], extended: [String]) {
        guard let text = texts[path], text.holds("include") || text.holds("extends"),
            let root = try? LooseYAML.document(text, file: path)
        else { return ([], []) }
        func resolved(_ names: [String]) -> [String] {
            names.compactMap {
                Self.resolve(ComposeFile.known($0), from: Self.folder(of: path))
            }.filter { texts[$0] == nil && sizes[$0] != nil }
        }
        let included = (root["include"]?.items ?? []).flatMap { item in
            item.text.map { [$0] } ?? (item["path"]?.texts ?? []).map(\.text)
        }
        let extended = (root["services"]?.pairs ?? []).compactMap {
            $0.value["extends"]?["file"]?.text
        }
        return (resolved(included), resolved(extended))
    }

    /// The folder of a path; empty for the root.
    package static func folder(of path: String) -> String {
        path.parts(separator: "/").dropLast().joined(separator: "/")
    }

    /// A path resolved against a folder, without `.` and `..`; `nil` if it leaves the tree.
    package static func resolve(_ path: String, from folder: String) -> String? {
        guard !path.begins(with: "/"), !path.begins(with: "~") else { return nil }
        var parts = folder.parts(separator: "/")
        for part in path.parts(separator: "/") where part != "." {
            if part == ".." {
                guard parts.popLast() != nil else { return nil }
            } else {
                parts.append(part)
            }
        }
        return parts.joined(separator: "/")
    }
}
