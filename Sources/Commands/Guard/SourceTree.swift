/// The files that rules are held against.
public struct SourceTree: Sendable {
    /// The texts of those that rules read, by their path from the tree's root.
    public var texts: [String: String]
    /// The bytes that each file has, also of those that nobody reads.
    public var sizes: [String: Int]

    /// Files that rules would read and nobody can, with the reason.
    public var problems: [String: String]

    public init(
        texts: [String: String], sizes: [String: Int] = [:], problems: [String: String] = [:]
    ) {
        self.texts = texts
        self.problems = problems
        self.sizes = sizes.merging(texts.mapValues(\.utf8.count)) { size, _ in size }
    }

    /// What a file is, told by its name.
    public enum Role: String, Sendable {
        case dockerfile, ignoreFile, compose, workflow, settings, requirements
    }

    /// What the rules take a file for; `nil` if they do not read it.
    public static func role(of path: String) -> Role? {
        let parts = path.split(separator: "/")
        guard let name = parts.last?.lowercased() else { return nil }
        let isYAML = name.hasSuffix(".yml") || name.hasSuffix(".yaml")
        if name.hasSuffix(".dockerignore") { return .ignoreFile }
        if ["dockerfile", "containerfile"].contains(where: { kind in
            name == kind || name.hasPrefix(kind + ".") || name.hasSuffix("." + kind)
        }) {
            return .dockerfile
        }
        if isYAML, name.hasPrefix("compose") || name.hasPrefix("docker-compose") { return .compose }
        if isYAML, parts.count > 2, parts.suffix(3).dropLast() == [".github", "workflows"] {
            return .workflow
        }
        if name == ".env" || name.hasPrefix(".env.") || name.hasSuffix(".env") { return .settings }
        if name == "pyproject.toml" || name.hasPrefix("requirements") && name.hasSuffix(".txt") {
            return .requirements
        }
        return nil
    }

    /// The texts of one role, in the order of their paths.
    func texts(_ role: Role) -> [(path: String, text: String)] {
        texts.filter { Self.role(of: $0.key) == role }.sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
    }

    /// The folder that a path lies in; empty for the root.
    static func folder(of path: String) -> String {
        path.split(separator: "/").dropLast().joined(separator: "/")
    }

    /// A path from a folder, without `.` and `..`; `nil` if it leaves the tree.
    static func resolve(_ path: String, from folder: String) -> String? {
        guard !path.hasPrefix("/"), !path.hasPrefix("~") else { return nil }
        var parts = folder.split(separator: "/")
        for part in path.split(separator: "/") where part != "." {
            if part == ".." {
                guard parts.popLast() != nil else { return nil }
            } else {
                parts.append(part)
            }
        }
        return parts.joined(separator: "/")
    }
}
