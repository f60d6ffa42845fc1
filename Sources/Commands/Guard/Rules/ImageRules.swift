internal import LedgerText

/// What is held against a Dockerfile.
enum ImageRules {
    /// An image as a Dockerfile builds it: up to one stage, which is the last unless another is
    /// named.
    struct Image {
        let path: String
        let file: Dockerfile
        let stage: Int
        /// The stages that end in the image, the outermost first.
        var line: [Dockerfile.Stage] { file.line(of: stage) }
        var instructions: [Dockerfile.Instruction] { line.flatMap(\.instructions) }
        /// What the image begins from.
        var base: String { line[0].image }
    }

    static func judge(_ image: Image, needsFFmpeg: String?) -> [GuardFinding] {
        user(image) + tags(image) + base(image) + tools(image)
            + ffmpeg(image, needsFFmpeg) + weights(image)
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
        let text = DockerVariables.expand(last.text) { variables[$0] }
        let user = text.parts(separator: ":", omittingEmptySubsequences: false).first ?? ""
        if user.isEmpty {
            return [
                GuardFinding(
                    .rootUser, image.path, last.line,
                    "USER \(last.text): nothing says who that is")
            ]
        }
        guard ["root", "0"].contains(user.trimmedEnd) || Int(user) == 0 else { return [] }
        return [GuardFinding(.rootUser, image.path, last.line, "the last USER is \(user)")]
    }

    /// Images whose makers have set another user.
    private static func startsUnprivileged(_ image: String) -> Bool {
        let tag = image.parts(separator: ":").last ?? ""
        return tag.holds("nonroot") || image.holds("unprivileged")
            || image.begins(with: "bitnami/") || image.holds("/bitnami/")
            || image.holds("distroless") && tag.begins(with: "nonroot")
    }

    // MARK: Base

    private static func tags(_ image: Image) -> [GuardFinding] {
        image.file.stages.compactMap { stage in
            guard stage.base == nil, let why = MovingTag.problem(of: stage.image) else {
                return nil
            }
            return GuardFinding(.movingTag, image.path, stage.from.line, why)
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
            return found("\(image.base) is made for building; what runs wants its -runtime")
        }
        if usesGPU(image) {
            let hasRuntime = ["cuda", "nvidia", "pytorch", "tensorflow", "vllm", "rocm"].contains {
                name.contains($0)
            }
            return hasRuntime || name.isEmpty
                ? [] : found("\(image.base) has no CUDA runtime, and this is an image for GPUs")
        }
        let parts = (name.parts(separator: "@").first ?? "").parts(separator: ":")
        let isPython = parts.first?.parts(separator: "/").last == "python"
        let isSmall = ["slim", "alpine"].contains { parts.last?.contains($0) ?? false }
        return isPython && !isSmall
            ? found("\(image.base) is a full image; a -slim one is enough") : []
    }

    // MARK: What is installed

    private static let tools: Set<String> = [
        "build-essential", "gcc", "g++", "make", "cmake", "cargo", "rustc", "python3-dev",
        "python-dev", "libpq-dev", "musl-dev", "ninja-build", "clang", "nvcc", "pkg-config",
        "build-base", "gfortran",
    ]

    /// The packages that a command installs from the system's archives.
    private static func installed(_ text: String) -> [String] {
        let clean = text.map { ";&|()\n".contains($0) ? " ; " : String($0) }.joined()
        return clean.parts(separator: ";").flatMap { part -> [String] in
            let words = part.words.map(String.init)
            let managers: Set<String> = ["apt-get", "apt", "apk", "dnf", "yum", "microdnf"]
            guard let manager = words.firstIndex(where: managers.contains) else { return [] }
            let rest = words[manager...].dropFirst()
            guard rest.contains("install") || rest.contains("add") else { return [] }
            return rest.filter { !$0.begins(with: "-") && $0 != "install" && $0 != "add" }
        }
    }

    private static func isRemoved(_ package: String, in text: String) -> Bool {
        ["apt-get purge", "apt-get remove", "apk del", "autoremove"].contains { verb in
            text.ranges(of: verb).contains { text[$0.upperBound...].contains(package) }
        }
    }

    private static func tools(_ image: Image) -> [GuardFinding] {
        for instruction in image.instructions where instruction.keyword == "RUN" {
            let text = instruction.whole
            let left = installed(text).filter { tools.contains($0) && !isRemoved($0, in: text) }
            guard let first = left.first else { continue }
            let stages =
                image.file.stages.count == 1
                ? "there is one stage: " : "the stage that runs has them: "
            return [
                GuardFinding(
                    .buildTools, image.path, instruction.line,
                    stages + (left.count == 1 ? first : left.joined(separator: ", ")))
            ]
        }
        return []
    }

    /// What a voice pipeline is told by, in requirements or in the Dockerfile itself.
    static let voice = [
        "whisper", "faster-whisper", "openai-whisper", "whisperx", "pydub", "ffmpeg-python",
        "audiocraft", "pyannote", "pyannote.audio",
    ]

    private static func ffmpeg(_ image: Image, _ needs: String?) -> [GuardFinding] {
        let runs = image.instructions.filter { $0.keyword == "RUN" }
        let installs = runs.flatMap { $0.whole.split { " =\"'\n".contains($0) }.map(String.init) }
        guard let cause = needs ?? voice.first(where: installs.contains) else { return [] }
        let isThere = image.instructions.contains { instruction in
            ["RUN", "COPY", "ADD", "FROM"].contains(instruction.keyword)
                && (instruction.whole.holds("ffmpeg")
                    || instruction.flags.contains { $0.value.holds("ffmpeg") })
        }
        if isThere || image.base.holds("ffmpeg") { return [] }
        return [
            GuardFinding(
                .ffmpeg, image.path, image.file.stages[image.stage].from.line,
                "\(cause) is installed, and ffmpeg is not")
        ]
    }

    // MARK: Weights

    private static func weights(_ image: Image) -> [GuardFinding] {
        // What an earlier stage holds comes in with COPY --from: all stages are looked at.
        for instruction in image.file.stages.flatMap(\.instructions) {
            switch instruction.keyword {
            case "RUN":
                guard let call = ModelWeights.download(in: instruction.whole) else { continue }
                return [
                    GuardFinding(
                        .modelWeights, image.path, instruction.line,
                        "\(call) fetches a model while the image is built")
                ]
            case "COPY", "ADD":
                let words = instruction.words ?? DockerVariables.words(instruction.text)
                guard let file = words.dropLast().first(where: ModelWeights.isOne) else { continue }
                return [
                    GuardFinding(
                        .modelWeights, image.path, instruction.line, "\(file) is put into the image"
                    )
                ]
            default: continue
            }
        }
        return []
    }
}

/// Tells files and command lines that bring model weights.
enum ModelWeights {
    private static let endings = [
        ".pt", ".pth", ".safetensors", ".onnx", ".gguf", ".ggml", ".ckpt", ".h5", ".tflite",
        ".keras", ".mlmodel", ".pdparams", ".caffemodel", ".traineddata", ".bin.gz",
    ]
    /// Bytes from which on a file with a general ending (`.bin`, `.pkl`, `.npz`) is taken for one.
    static let manyBytes = 50 << 20

    static func isOne(_ path: String) -> Bool {
        let name = path.lowercased()
        return endings.contains { name.ends(with: $0) }
    }

    static func isOne(_ path: String, bytes: Int) -> Bool {
        let name = path.lowercased()
        return isOne(path)
            || bytes >= manyBytes
                && [".bin", ".pkl", ".npz", ".npy", ".model", ".tar", ".zip"].contains {
                    name.ends(with: $0)
                }
    }

    private static let calls = [
        "huggingface-cli download", "hf download", "snapshot_download", "hf_hub_download",
        ".from_pretrained(", "load_model(", "download_model", "download-model", "models download",
        "model download", "download_models", "download-models", "spacy download", "nltk.downloader",
        "nltk.download(", "ollama pull", "git lfs pull", "tessdata.git", "initialize_models",
        "initialize-models", "torch.hub.load", "sentence_transformers import",
    ]

    /// The call that fetches a model, if there is one.
    static func download(in text: String) -> String? {
        if let call = calls.first(where: text.contains) {
            return String(call.trimmingPrefix(".")).exchanging("(", for: "")
        }
        let words = text.split { " \n\t\"';&|".contains($0) }
        let fetches = words.contains { ["curl", "wget", "aria2c", "gsutil", "aws"].contains($0) }
        let file = words.first { $0.holds("://") && isOne(String($0)) }
        if fetches, let file { return String(file.prefix(80)) }
        let clones = text.holds("git clone") && text.holds("huggingface.co")
        return clones ? "git clone of a model" : nil
    }
}

/// Tells names of images that mean another image tomorrow.
enum MovingTag {
    private static let moving: Set<String> = [
        "latest", "main", "master", "edge", "nightly", "dev", "develop", "stable", "head", "canary",
        "rolling", "testing", "unstable", "current", "snapshot", "beta",
    ]

    /// What is wrong with an image's name; `nil` if it stays the same, or nobody knows it.
    static func problem(of image: String) -> String? {
        guard !image.isEmpty, image != "scratch", !image.holds("@sha256:"),
            image.first != ":", image.last != ":", image.last != "@", !image.holds("/:")
        else { return nil }
        let name = image.parts(separator: "/").last ?? ""
        let parts = name.parts(separator: ":")
        guard parts.count == 2, let tag = parts.last else {
            return "\(image) has no tag, which means latest"
        }
        let words = tag.lowercased().parts(separator: "-")
        return words.contains { moving.contains(String($0)) } && !tag.contains { $0.isNumber }
            || tag == "latest" ? "\(image): the tag \(tag) moves" : nil
    }
}
