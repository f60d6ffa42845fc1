internal import LedgerText

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
        let parts = path.parts(separator: "/")
        guard let name = parts.last?.lowercased() else { return nil }
        let isYAML = name.ends(with: ".yml") || name.ends(with: ".yaml")
        if name.ends(with: ".dockerignore") { return .ignoreFile }
        if ["dockerfile", "containerfile"].contains(where: { kind in
            name == kind || name.begins(with: kind + ".") || name.ends(with: "." + kind)
        }) {
            return .dockerfile
        }
        if isYAML, name.begins(with: "compose") || name.begins(with: "docker-compose") {
            return .compose
        }
        if isYAML, parts.count > 2, parts.suffix(3).dropLast() == [".github", "workflows"] {
            return .workflow
        }
        if name == ".env" || name.begins(with: ".env.") || name.ends(with: ".env") {
            return .settings
        }
        if name == "pyproject.toml" || name.begins(with: "requirements") && name.ends(with: ".txt")
        {
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
        path.parts(separator: "/").dropLast().joined(separator: "/")
    }

    /// A path from a folder, without `.` and `..`; `nil` if it leaves the tree.
    static func resolve(_ path: String, from folder: String) -> String? {
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
