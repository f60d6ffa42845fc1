internal import CommandFiles
internal import LedgerText

/// Rules for Dockerfiles.
enum ImageRules {
    /// An image that a Dockerfile builds: the result of one stage, by default the last.
    struct Image {
        let path: String
        let file: Dockerfile
        let stage: Int
        /// Names of images from elsewhere (compose's `additional_contexts`).
        var contexts: Set<String> = []
        /// Programs in the tree that its instructions call, by path.
        var programs: [String: String] = [:]
        /// The packages of the project that the image includes.
        var requirements: [Requirements] = []
        /// The stages that lead to the image, from its base onwards.
        var line: [Dockerfile.Stage] { file.line(of: stage) }
        var instructions: [Dockerfile.Instruction] { line.flatMap(\.instructions) }
        /// The base image.
        var base: String { line[0].image }
    }

    static func judge(_ image: Image) -> [GuardFinding] {
        user(image) + tags(image) + base(image) + tools(image)
            + StageRules.judge(image, compilers: compilers(image))
            + ffmpeg(image) + weights(image)
    }

    // MARK: User

    private static func user(_ image: Image) -> [GuardFinding] {
        let last = image.instructions.last { $0.keyword == "USER" }
        guard let last else {
            if startsUnprivileged(image.base) { return [] }
            return [
                GuardFinding(
                    .rootUser, image.path, image.file.stages[image.stage].from.line,
                    "no USER: the image runs as root")
            ]
        }
        let variables = image.file.variables(in: image.stage)
        let plain = DockerVariables.words(last.text).joined(separator: " ")
        let text = DockerVariables.expand(plain) { variables[$0] }
        let user = text.parts(separator: ":", omittingEmptySubsequences: false).first ?? ""
        if user.isEmpty {
            // A variable that this file does not declare comes from the base image: its value is
            // unknown.
            let declared =
                image.file.arguments.keys.contains { plain.holds($0) }
                || image.instructions.contains { instruction in
                    ["ARG", "ENV"].contains(instruction.keyword)
                        && Dockerfile.pairs(instruction).contains { plain.holds($0.name) }
                }
            if plain.holds("$"), !declared { return [] }
            return [
                GuardFinding(
                    .rootUser, image.path, last.line,
                    "USER \(last.text): the variable has no known value")
            ]
        }
        guard ["root", "0"].contains(user.trimmedEnd) || Int(user) == 0 else { return [] }
        return [GuardFinding(.rootUser, image.path, last.line, "the last USER is \(user)")]
    }

    /// Base images that already set a non-root user.
    private static func startsUnprivileged(_ image: String) -> Bool {
        let image = image.parts(separator: "@").first ?? ""
        let tag = image.parts(separator: ":").last ?? ""
        return tag.holds("nonroot") || image.holds("unprivileged")
            || image.begins(with: "bitnami/") || image.holds("/bitnami/")
            || image.holds("distroless") && tag.begins(with: "nonroot")
    }

    // MARK: Base

    private static func tags(_ image: Image) -> [GuardFinding] {
        image.file.stages.flatMap { stage -> [GuardFinding] in
            var named = stage.base == nil ? [(stage.image, stage.from.line)] : []
            for instruction in stage.instructions {
                named += taken(instruction).map { ($0, instruction.line) }
            }
            return named.compactMap { name, line in
                let name = DockerVariables.expand(name) { image.file.arguments[$0] ?? "" }
                guard image.file.stage(name) == nil, !image.contexts.contains(name.lowercased()),
                    let why = MovingTag.problem(of: name)
                else {
                    return nil
                }
                return GuardFinding(.movingTag, image.path, line, why)
            }
        }
    }

    /// The images from which an instruction copies files: `COPY --from=`, `RUN --mount=…,from=`.
    private static func taken(_ instruction: Dockerfile.Instruction) -> [String] {
        instruction.flags.compactMap { flag in
            switch flag.name {
            case "from": return flag.value
            case "mount":
                let fields = flag.value.parts(separator: ",")
                return fields.first { $0.begins(with: "from=") }.map { String($0.dropFirst(5)) }
            default: return nil
            }
        }
    }

    private static func usesGPU(_ image: Image) -> Bool {
        let words = image.path.lowercased().split { "/.-_".contains($0) }
        return words.contains { ["gpu", "cuda"].contains($0) }
            || image.base.lowercased().holds("cuda") || image.base.begins(with: "nvidia/")
    }

    private static func base(_ image: Image) -> [GuardFinding] {
        let name = image.base.lowercased()
        let line = image.line[0].from.line
        func found(_ message: String) -> [GuardFinding] {
            [GuardFinding(.baseImage, image.path, line, message)]
        }
        if name.holds("-devel") {
            return found("\(image.base) is a build image; use its -runtime variant")
        }
        if usesGPU(image) {
            let hasRuntime = ["cuda", "nvidia", "pytorch", "tensorflow", "vllm", "rocm"].contains {
                name.contains($0)
            }
            return hasRuntime || name.isEmpty
                ? [] : found("\(image.base) has no CUDA runtime, but the image uses a GPU")
        }
        let parts = (name.parts(separator: "@").first ?? "").parts(separator: ":")
        let isFull = ["python", "node"].contains(parts.first?.parts(separator: "/").last ?? "")
        let isSmall = ["slim", "alpine"].contains { parts.last?.contains($0) ?? false }
        return isFull && !isSmall
            ? found("\(image.base) is a full image; use a -slim variant") : []
    }

    // MARK: What is installed

    private static let tools: Set<String> = [
        "build-essential", "gcc", "g++", "make", "cmake", "cargo", "rustc", "python3-dev",
        "python-dev", "libpq-dev", "musl-dev", "ninja-build", "clang", "nvcc", "pkg-config",
        "build-base", "gfortran",
    ]

    private static let managers: Set<String> = [
        "apt-get", "apt", "aptitude", "apk", "dnf", "yum", "microdnf", "tdnf", "zypper",
    ]

    /// The packages that a command installs with the system's package manager, by name; and the
    /// group that removes them together (`apk add --virtual`).
    private static func installed(_ text: String) -> [(name: String, group: String?)] {
        let clean = text.map { ";&|()\n".contains($0) ? " ; " : String($0) }.joined()
        return clean.parts(separator: ";").flatMap { part -> [(name: String, group: String?)] in
            let words = part.words.map { String($0).trimmingQuotes }
            guard let place = words.firstIndex(where: managers.contains) else { return [] }
            let rest = words[place...].dropFirst()
            guard rest.contains("install") || rest.contains("add") else { return [] }
            var group: String?
            var packages: [String] = []
            var isGroup = false
            for word in rest where word != "install" && word != "add" {
                if isGroup {
                    (group, isGroup) = (word, false)
                } else if word.begins(with: "--virtual=") {
                    group = String(word.dropFirst("--virtual=".count))
                } else if words[place] == "apk", word == "--virtual" || word == "-t" {
                    isGroup = true
                } else if !word.begins(with: "-") {
                    packages.append(name(of: word, by: words[place]))
                }
            }
            return packages.map { ($0, group) }
        }
    }

    /// A package's name without its version: `gcc=4:12.2`, `gcc~12`, `gcc-11.4.1`, `gcc:amd64`.
    private static func name(of word: String, by manager: String) -> String {
        let name = word.utf8.prefix { !"=~<>:/".utf8.contains($0) }
        guard !["apt-get", "apt", "aptitude", "apk"].contains(manager) else {
            return String(Substring(name))
        }
        // RPM: the version begins at the first hyphen before a digit.
        let bytes = Array(name)
        let end = bytes.indices.first { place in
            bytes[place] == UInt8(ascii: "-") && place + 1 < bytes.count
                && (48...57).contains(bytes[place + 1])
        }
        return String(decoding: bytes[..<(end ?? bytes.count)], as: UTF8.self)
    }

    private static func isRemoved(_ package: String, in text: String) -> Bool {
        // Packages that were installed only for this command are removed as a group.
        if text.holds("apt-mark"), text.holds("--auto-remove") || text.holds("autoremove") {
            return true
        }
        return ShellText.commands(in: text).contains { words in
            guard let program = words.first, managers.contains(program) else { return false }
            let rest = words.dropFirst()
            return rest.contains(where: removals.contains)
                && rest.contains {
                    $0 == package || $0.ends(with: "*") && package.begins(with: $0.dropLast())
                }
        }
    }

    private static let removals: Set<String> = [
        "remove", "purge", "autoremove", "del", "erase", "rm", "autopurge",
    ]

    /// The installed compilers that remain in the runtime stage, with their lines.
    private static func compilers(_ image: Image) -> [(name: String, line: Int)] {
        left(in: image) { tools.contains($0) && !$0.ends(with: "-dev") }.flatMap { line, names in
            names.map { (name: $0, line: line) }
        }
    }

    /// The packages that are installed and remain in an image, by line.
    private static func left(
        in image: Image, _ isMeant: (String) -> Bool
    ) -> [(line: Int, names: [String])] {
        // A stage that is copied as a whole brings all its packages.
        let copied = image.instructions.filter { instruction in
            instruction.keyword == "COPY" && DockerVariables.words(instruction.text) == ["/", "/"]
        }.compactMap { $0.flag("from").flatMap(image.file.stage) }
        let all = copied.flatMap { image.file.line(of: $0).flatMap(\.instructions) }
        return (all + image.instructions).compactMap { instruction in
            guard instruction.keyword == "RUN" else { return nil }
            let text = instruction.whole
            let left = installed(text).filter { package in
                isMeant(package.name)
                    && ![package.name, package.group].compactMap(\.self).contains {
                        isRemoved($0, in: text)
                    }
            }.map(\.name)
            return left.isEmpty ? nil : (instruction.line, left)
        }
    }

    private static func tools(_ image: Image) -> [GuardFinding] {
        let left = left(in: image) { name in
            tools.contains(name) || name.ends(with: "-dev") || name.ends(with: "-devel")
        }
        guard let first = left.first else { return [] }
        let stages =
            image.file.stages.count == 1
            ? "single stage with " : "the runtime stage has "
        return [
            GuardFinding(
                .buildTools, image.path, first.line, stages + first.names.joined(separator: ", "))
        ]
    }

    /// Packages of voice pipelines that call ffmpeg or require its output.
    private static let voice: Set<String> = [
        "openai-whisper", "faster-whisper", "whisperx", "whisper-timestamped", "stable-ts",
        "insanely-fast-whisper",
        "pydub", "ffmpeg-python", "audiocraft", "pyannote-audio", "pyannote.audio",
    ]

    private static func ffmpeg(_ image: Image) -> [GuardFinding] {
        let runs = image.instructions.filter { $0.keyword == "RUN" }
        let installed = runs.flatMap { ShellText.commands(in: $0.whole) }.filter { words in
            words.contains("install") || words.contains("add")
        }.flatMap { $0.compactMap(Requirements.name) }
        let wanted = installed + image.requirements.flatMap(\.names).sorted()
        guard let cause = wanted.first(where: voice.contains) else { return [] }
        let isThere = image.instructions.contains { instruction in
            ["RUN", "COPY", "ADD", "FROM"].contains(instruction.keyword)
                && (instruction.whole.exchanging("ffmpeg-python", for: "").holds("ffmpeg")
                    || instruction.flags.contains { $0.value.holds("ffmpeg") })
        }
        if isThere || image.base.holds("ffmpeg") { return [] }
        return [
            GuardFinding(
                .ffmpeg, image.path, image.file.stages[image.stage].from.line,
                "\(cause) is installed, but ffmpeg is not")
        ]
    }

    // MARK: Weights

    private static func weights(_ image: Image) -> [GuardFinding] {
        for instruction in image.bringing {
            switch instruction.keyword {
            case "RUN":
                let run = ModelWeights.programs(in: instruction.whole).first { name in
                    image.programs.contains { path, text in
                        (path.utf8.elementsEqual(name.utf8) || path.ends(with: "/" + name))
                            && ModelWeights.download(in: text) != nil
                    }
                }
                let call = run ?? ModelWeights.download(in: instruction.whole)
                guard let call else { continue }
                return [
                    GuardFinding(
                        .modelWeights, image.path, instruction.line,
                        "\(call) downloads a model during the image build")
                ]
            case "COPY", "ADD":
                let words = instruction.words ?? DockerVariables.words(instruction.text)
                let file = words.dropLast().first {
                    ModelWeights.isOne($0) || ModelWeights.isStore($0)
                        || ModelWeights.isFromHub($0)
                }
                guard let file else { continue }
                return [
                    GuardFinding(
                        .modelWeights, image.path, instruction.line,
                        "\(file) is copied into the image"
                    )
                ]
            default: continue
            }
        }
        let model = image.requirements.lazy.flatMap(\.addresses).first(
            where: ModelWeights.isFromHub)
        guard let model else { return [] }
        return [
            GuardFinding(
                .modelWeights, image.path, image.file.stages[image.stage].from.line,
                "\(model.prefix(80)) is in the requirements and downloaded during the image build"
            )
        ]
    }
}

extension ImageRules.Image {
    /// The instructions of all stages that contribute to the image: its own stages, those that it
    /// copies from, and their sources. A stage from which only reports are copied does not count.
    var bringing: [Dockerfile.Instruction] {
        var seen: Set<Int> = []
        var open = [stage]
        while let next = open.popLast() {
            guard seen.insert(next).inserted else { continue }
            if let base = file.stages[next].base { open.append(base) }
            for instruction in file.stages[next].instructions {
                let flags = instruction.flags.filter { ["from", "mount"].contains($0.name) }
                guard !flags.isEmpty, !Self.takesReports(instruction) else { continue }
                for flag in flags {
                    let name =
                        flag.name == "from"
                        ? flag.value
                        : flag.value.parts(separator: ",").first { $0.begins(with: "from=") }
                            .map { String($0.dropFirst(5)) }
                    if let name, let place = file.stage(name), place != next { open.append(place) }
                }
            }
        }
        return seen.sorted().flatMap { file.stages[$0].instructions }
    }

    /// Whether it copies only text files.
    private static func takesReports(_ instruction: Dockerfile.Instruction) -> Bool {
        guard instruction.keyword == "COPY" else { return false }
        let words = instruction.words ?? DockerVariables.words(instruction.text)
        let texts = [".txt", ".xml", ".json", ".html", ".md", ".log", ".lock", ".toml", ".cfg"]
        return words.count > 1
            && words.dropLast().allSatisfy { word in texts.contains { word.ends(with: $0) } }
    }
}
