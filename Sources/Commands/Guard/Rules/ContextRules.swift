internal import CommandFiles
internal import LedgerText

/// Rules for build contexts: paths that the ignore file should exclude.
enum ContextRules {
    /// A path that must stay out of a context, with example locations.
    private struct Unwanted {
        let what: String
        /// Example locations, relative to the context's folder.
        let places: [String]
        let line: String
    }

    /// Common unwanted paths: a repository has one `.git`; the others can be at any depth.
    private static let unwanted = [
        Unwanted(what: ".git", places: [".git/config"], line: ".git"),
        Unwanted(
            what: "__pycache__",
            places: ["__pycache__/a.cpython-312.pyc", "app/api/__pycache__/a.cpython-312.pyc"],
            line: "**/__pycache__"),
        Unwanted(what: ".env", places: [".env", "app/.env"], line: "**/.env"),
        Unwanted(
            what: "data/", places: ["data/people.db", "app/data/people.db"], line: "**/data/"),
        Unwanted(
            what: "static/tts/",
            places: ["static/tts/1.wav", "app/static/tts/1.wav"], line: "**/static/tts/"),
    ]

    /// The unwanted paths that one ignore file lets in.
    static func letIn(by file: IgnoreFile) -> [(what: String, example: String, fix: String)] {
        unwanted.compactMap { one in
            one.places.first { !file.excludes($0) }.map { (one.what, $0, one.line) }
        }
    }

    static func judge(_ path: String, _ text: String) -> [GuardFinding] {
        letIn(by: IgnoreFile(text)).map { what, example, fix in
            GuardFinding(
                .ignoreFile, path, 1,
                "\(what) is in the build context (example: \(example)); add \(fix)")
        }
    }

    /// Judges one build context with its Dockerfile: unwanted files that the Dockerfile copies, and
    /// paths outside the context.
    static func judge(
        context: String, dockerfile: String, _ file: Dockerfile, _ index: SourceIndex
    ) -> [GuardFinding] {
        let tree = index.tree
        let taking = file.stages.flatMap(\.instructions).first { instruction in
            guard ["COPY", "ADD"].contains(instruction.keyword), instruction.flag("from") == nil
            else { return false }
            let words = instruction.words ?? DockerVariables.words(instruction.text)
            return words.dropLast().contains { [".", "./", "*", "/"].contains($0) }
        }
        let own = "\(dockerfile).dockerignore"
        let shared = context.isEmpty ? ".dockerignore" : "\(context)/.dockerignore"
        let ignore = (tree.texts[own] ?? tree.texts[shared]).map(IgnoreFile.init)
        var found = leaving(context, dockerfile, file, tree)
        if let taking, ignore == nil {
            found.append(
                GuardFinding(
                    .ignoreFile, dockerfile, taking.line,
                    "the Dockerfile copies the whole context, and there is no .dockerignore"))
        }
        let inside = context.isEmpty ? "" : context + "/"
        let copies = file.stages.flatMap(\.instructions).filter {
            ["COPY", "ADD"].contains($0.keyword) && $0.flag("from") == nil
        }
        /// The first instruction that copies a file of the context, alone or with its folder.
        func taker(of path: String) -> Dockerfile.Instruction? {
            if let taking { return taking }
            return copies.first { instruction in
                let words = instruction.words ?? DockerVariables.words(instruction.text)
                return words.dropLast().contains { word in
                    let folder = SourceTree.resolve(String(word.drop { $0 == "/" }), from: "")
                    return folder.map { path.begins(with: $0 + "/") || path == $0 } ?? false
                }
            }
        }
        let heavy = index.weights.filter { path in
            guard path.begins(with: inside) else { return false }
            let mine = String(path.dropFirst(inside.count))
            return taker(of: mine) != nil && !(ignore?.excludes(mine) ?? false)
        }
        if let first = heavy.first, let taking = taker(of: String(first.dropFirst(inside.count))) {
            found.append(
                GuardFinding(
                    .modelWeights, dockerfile, taking.line,
                    heavy.count == 1
                        ? "\(first) is copied into the image"
                        : "\(heavy.count) weight files are copied to the image (first: \(first))"))
        }
        return found
    }

    /// Paths that leave the context by `..`: the engine refuses them, or copies other files.
    private static func leaving(
        _ context: String, _ path: String, _ file: Dockerfile, _ tree: SourceTree
    ) -> [GuardFinding] {
        file.stages.flatMap(\.instructions).compactMap { instruction in
            guard ["COPY", "ADD"].contains(instruction.keyword), instruction.flag("from") == nil
            else { return nil }
            let words = instruction.words ?? DockerVariables.words(instruction.text)
            let outside = words.dropLast().first {
                !$0.holds("://")
                    && SourceTree.resolve(String($0.drop { $0 == "/" }), from: "") == nil
            }
            return outside.map {
                GuardFinding(
                    .unreadable, path, instruction.line, "\($0) is outside the build context")
            }
        }
    }
}
