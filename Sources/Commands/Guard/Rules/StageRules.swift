internal import CommandFiles
internal import LedgerText

/// Finds build leftovers in the runtime stage: build commands, compilers and package caches.
enum StageRules {
    /// One finding per image, at the first line that leaves something behind.
    static func judge(_ image: ImageRules.Image, compilers: [(name: String, line: Int)])
        -> [GuardFinding]
    {
        var left: [(line: Int, what: String)] = []
        if let base = toolchain(image.base) {
            left.append((image.line[0].from.line, "its base \(base) is a build image"))
        }
        if let compiler = compilers.first {
            left.append((compiler.line, "it contains \(compiler.name)"))
        }
        let variables = image.file.variables(in: image.stage)
        var isBuilt = false
        for instruction in image.instructions where instruction.keyword == "RUN" {
            if !isBuilt, let build = build(in: instruction) {
                isBuilt = true
                left.append((instruction.line, "it runs \(build)"))
            }
            for cache in caches(in: instruction, variables) {
                left.append((instruction.line, "it contains the cache of \(cache)"))
            }
        }
        guard let first = left.min(by: { $0.line < $1.line }) else { return [] }
        var words: [String] = []
        for one in left where !words.contains(one.what) { words.append(one.what) }
        return [
            GuardFinding(
                .multiStage, image.path, first.line,
                "the runtime stage: \(words.joined(separator: "; "))")
        ]
    }

    // MARK: Building

    /// Images that contain compilers, by the last part of their names.
    private static let toolchains: Set<String> = [
        "golang", "rust", "maven", "gradle", "gcc", "swift", "sbt", "buildpack-deps",
    ]

    private static func toolchain(_ image: String) -> String? {
        let name = image.lowercased().parts(separator: "@").first.map(String.init) ?? ""
        let last = name.parts(separator: "/").last.map(String.init) ?? ""
        let parts = last.parts(separator: ":", maxSplits: 1).map(String.init)
        let tag = parts.count > 1 ? parts[1] : ""
        // Runtime-only images say so in their tag: `swift:6.1-slim`.
        if ["slim", "runtime", "jre"].contains(where: tag.holds) { return nil }
        if toolchains.contains(parts.first ?? "") { return image }
        let isKit =
            parts.first == "openjdk" || tag.holds("-sdk") || last.begins(with: "sdk:")
            || tag.holds("-jdk")
            || tag.begins(with: "jdk")
        return isKit ? image : nil
    }

    /// The build command in a command line, such as `go build`; `nil` if there is none.
    static func build(in instruction: Dockerfile.Instruction) -> String? {
        for words in ShellText.commands(in: instruction.whole) {
            guard let program = words.first.map(ShellText.plain) else { continue }
            let rest = words.dropFirst().filter { !$0.begins(with: "-") }
            let makesFile = words.contains {
                $0.utf8.elementsEqual("-o".utf8) || $0.utf8.elementsEqual("-c".utf8)
            }
            if compilers.contains(program), makesFile {
                return program
            }
            if builders.contains(program) { return program }
            if program == "cmake", words.contains("--build") { return "cmake --build" }
            if words.contains("setup.py"), rest.contains("install") || rest.contains("build") {
                return "setup.py"
            }
            guard let verb = rest.first else { continue }
            if let verbs = verbs[program], verbs.contains(verb) { return "\(program) \(verb)" }
            let script = verb == "run" ? rest.dropFirst().first ?? "" : verb
            if managers.contains(program),
                script == "build" || script.begins(with: "build:")
            {
                return "\(program) \(verb == "run" ? "run " : "")\(script)"
            }
        }
        return nil
    }

    private static let compilers: Set<String> = [
        "gcc", "g++", "cc", "c++", "clang", "clang++", "rustc", "nvcc", "gfortran",
    ]
    private static let builders: Set<String> = ["make", "ninja", "javac", "tsc", "webpack"]
    private static let managers: Set<String> = ["npm", "yarn", "pnpm", "bun"]
    private static let verbs: [String: Set<String>] = [
        "go": ["build", "install"], "cargo": ["build", "install"], "swift": ["build"],
        "mvn": ["package", "install", "verify", "compile"],
        "mvnw": ["package", "install", "verify", "compile"],
        "gradle": ["build", "assemble", "bootJar", "shadowJar", "installDist", "jar"],
        "gradlew": ["build", "assemble", "bootJar", "shadowJar", "installDist", "jar"],
        "dotnet": ["build", "publish"], "sbt": ["assembly", "stage"], "mix": ["release"],
        "bazel": ["build"], "meson": ["compile"], "vite": ["build"], "next": ["build"],
        "ng": ["build"],
        "npx": ["tsc", "vite", "webpack", "next", "ng"],
    ]

    // MARK: Caches

    /// The package managers whose cache a command line fills and does not delete.
    private static func caches(
        in instruction: Dockerfile.Instruction, _ variables: [String: String]
    ) -> [String] {
        let text = instruction.whole
        let mounts = instruction.flags.filter { $0.name == "mount" }.map(\.value).filter {
            $0.holds("type=cache") || $0.holds("type=tmpfs")
        }
        func isMounted(_ folder: String) -> Bool { mounts.contains { $0.holds(folder) } }
        var left: [String] = []
        for words in ShellText.commands(in: text) {
            guard let program = words.first.map(ShellText.plain) else { continue }
            let rest = words.dropFirst()
            func has(_ verb: String) -> Bool { rest.contains(verb) }
            let isLeft: Bool
            switch program {
            case "apt-get", "apt", "aptitude":
                isLeft =
                    has("update") && !text.holds("/var/lib/apt") && !text.holds("dist-clean")
                    && !isMounted("/var/lib/apt")
            case "apk":
                isLeft =
                    (has("add") || has("update") || has("upgrade")) && !has("--no-cache")
                    && !text.holds("/var/cache/apk") && !text.holds("apk cache ")
                    && !isMounted("/var/cache/apk")
                    && !isMounted("/etc/apk/cache")
            case "dnf", "yum", "microdnf", "tdnf", "zypper":
                isLeft =
                    has("install") && !text.holds("clean all") && !text.holds("/var/cache/")
                    && !isMounted("/var/cache/")
            case "pip", "pip3":
                isLeft =
                    has("install") && !has("--no-cache-dir") && !has("--no-cache")
                    && !text.holds("PIP_NO_CACHE_DIR")
                    && variables["PIP_NO_CACHE_DIR"] == nil && !text.holds("cache purge")
                    && !text.holds(".cache") && mounts.isEmpty
            case "conda", "mamba", "micromamba":
                isLeft =
                    (has("install") || has("create") || has("update"))
                    && !text.holds("clean ") && mounts.isEmpty
            default:
                isLeft =
                    ofLanguages[program].map { $0.contains(where: has) } ?? false
                    && !has("--no-cache") && variables["\(program.uppercased())_NO_CACHE"] == nil
                    && !text.lowercased().holds("_no_cache") && !text.holds("cache clean")
                    && !text.holds("cache clear") && !text.holds("cache prune")
                    && !text.lowercased().holds("cache_dir") && !text.holds("cache-dir")
                    && !text.holds(".cache") && !text.holds(".npm") && !text.holds("store prune")
                    && mounts.isEmpty
            }
            if isLeft, !left.contains(program) { left.append(program) }
        }
        return left
    }

    /// The verbs by which package managers of languages fill a cache in the home folder.
    private static let ofLanguages: [String: Set<String>] = [
        "uv": ["sync", "install", "add"], "poetry": ["install", "add"],
        "npm": ["ci", "install", "i", "add"], "pnpm": ["install", "i", "add"],
        "yarn": ["install", "add"],
    ]
}
