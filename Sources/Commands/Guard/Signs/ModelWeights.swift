internal import LedgerText

/// Detects files and command lines that add model weights.
enum ModelWeights {
    private static let endings = [
        ".pt", ".pth", ".safetensors", ".onnx", ".gguf", ".ggml", ".ckpt", ".h5", ".tflite",
        ".keras", ".mlmodel", ".pdparams", ".caffemodel", ".traineddata", ".bin.gz",
    ]
    /// Minimum size in bytes for a file with a general extension (`.bin`, `.pkl`, `.npz`) to count
    /// as weights.
    static let manyBytes = 50 << 20

    /// Whether a folder has a usual name for weights: TorchServe's or a hub's.
    static func isStore(_ path: String) -> Bool {
        let name = path.lowercased().parts(separator: "/").last ?? ""
        return ["model-store", "model_store", "huggingface.co"].contains(name)
    }

    static func isOne(_ path: String) -> Bool {
        let name = path.lowercased()
        if endings.contains(where: name.ends) { return true }
        // Other weight files have a general extension, but a known name or folder: dlib's,
        // TensorFlow's.
        let parts = name.parts(separator: "/")
        let isNamed = ["model", "weight", "ggml", "checkpoint"].contains(where: name.holds)
        return name.holds("shape_predictor_") || parts.last == "saved_model.pb"
            || parts.last?.begins(with: "variables.data-") == true
            || name.ends(with: ".bin") && isNamed
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
        "model download", "download_models", "download-models", "spacy download", "ollama pull",
        "git lfs pull", "initialize_models", "initialize-models", "mim download", "model_init",
        "tessdata.git", "torch.hub.load", "rembg d ",
        "sentence_transformers import", "WhisperModel(", "SentenceTransformer(", "CrossEncoder(",
        "TextEmbedding(",
    ]

    /// Whether an address points to published weights: a non-text file in a Hugging Face
    /// repository, or a package of spaCy's models.
    static func isFromHub(_ address: String) -> Bool {
        let name = address.lowercased()
        if name.holds("spacy-models/releases/download/") { return true }
        guard name.holds("://huggingface.co/"), name.holds("/resolve/") || name.ends(with: ".git")
        else { return false }
        let texts = [".json", ".txt", ".md", ".py", ".yaml", ".yml", ".csv"]
        let path = name.parts(separator: "?").first ?? ""
        return !texts.contains { path.ends(with: $0) }
    }

    /// The names of the scripts that a text calls, and the paths of the modules (`python -m a.b` is
    /// `a/b.py`).
    static func programs(in text: String) -> [String] {
        var names: [String] = []
        var before: Substring = ""
        for word in text.split(whereSeparator: { " \n\t\"';&|,[]()".contains($0) }) {
            let name = String(String(word).parts(separator: "/").last ?? "")
            if [".py", ".sh"].contains(where: name.ends) { names.append(name) }
            if before.utf8.elementsEqual("-m".utf8) {
                names.append(String(word).exchanging(".", for: "/") + ".py")
            }
            before = word
        }
        return names
    }

    /// A program whose name says that it downloads weights: `fetch_models.py`,
    /// `./download_ckpts.sh`.
    private static func script(in text: String) -> String? {
        text.split { " \n\t\"';&|".contains($0) }.map(String.init).first { word in
            let name = (word.parts(separator: "/").last ?? "").lowercased()
            guard [".py", ".sh", ".bash"].contains(where: { name.ends(with: $0) }) else {
                return false
            }
            let words = name.split { "-_.".contains($0) }.map(String.init)
            return words.contains { ["download", "fetch", "preload", "cache", "get"].contains($0) }
                && words.contains {
                    [
                        "model", "models", "weight", "weights", "checkpoint", "checkpoints", "ckpt",
                        "ckpts", "embeddings",
                    ].contains($0)
                }
        }
    }

    /// The call that downloads a model, if there is one.
    static func download(in text: String) -> String? {
        // A tokenizer has no weights.
        let text = text.exchanging("okenizer.from_pretrained(", for: "")
        if let script = script(in: text) { return script }
        if let call = calls.first(where: text.contains) {
            return String(call.trimmingPrefix(".")).exchanging("(", for: "")
        }
        let words = text.split { " \n\t\"';&|".contains($0) }
        let fetches = words.contains {
            ["curl", "wget", "aria2c", "gsutil", "aws", "gdown"].contains($0)
        }
        // The target file name, if the address does not show it.
        if fetches, let file = words.first(where: { !$0.holds("://") && isOne(String($0)) }) {
            return String(file.prefix(80))
        }
        if words.contains("gdown"),
            ["model", "weight", "checkpoint"].contains(where: text.lowercased().holds)
        {
            return "gdown"
        }
        let file = words.first {
            $0.holds("://") && (isOne(String($0)) || isFromHub(String($0)))
        }
        if fetches || text.holds("pip"), let file { return String(file.prefix(80)) }
        let archives = [".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar", ".whl"]
        let model = words.first { word in
            word.holds("://") && word.lowercased().holds("model")
                && archives.contains { word.ends(with: $0) }
        }
        if let model, fetches || text.holds("pip") { return String(model.prefix(80)) }
        let clones = text.holds("git clone") && text.holds("huggingface.co")
        return clones ? "git clone of a model" : nil
    }
}
