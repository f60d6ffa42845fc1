internal import CommandFiles
internal import LedgerText

/// The packages that a Python project requires: a `requirements.txt` as pip reads it (pip.pypa.io,
/// "Requirements File Format"), or a `pyproject.toml` (PEP 621, and poetry's tables).
struct Requirements {
    let path: String
    /// In lower case, with hyphens for underscores (PEP 503).
    let names: Set<String>
    /// Addresses of archives and repositories.
    let addresses: [String]

    init(_ path: String, _ text: String) {
        self.path = path
        let lines =
            path.ends(with: ".toml")
            ? Self.dependencies(of: text)
            : text.allLines.map { Self.withoutComment(String($0)) }
        var names: Set<String> = []
        var addresses: [String] = []
        for line in lines {
            if let name = Self.name(of: line) { names.insert(name) }
            addresses += line.words.map(String.init).filter { $0.holds("://") }
        }
        self.names = names
        self.addresses = addresses
    }

    /// Whether a Dockerfile that is built in `context` uses the file: a `COPY`, an `ADD` or a mount
    /// names it, or its folder is copied and installed.
    func isTaken(by file: Dockerfile, context: String) -> Bool {
        let inside = context.isEmpty ? "" : context + "/"
        guard path.begins(with: inside) else { return false }
        let mine = String(path.dropFirst(inside.count))
        let folder = SourceTree.folder(of: mine)
        let instructions = file.stages.flatMap(\.instructions)
        let spoken = instructions.filter { ["RUN", "WORKDIR"].contains($0.keyword) }.map(\.whole)
        /// Whether the folder is installed: it is the context's own folder, or is named.
        let isInstalled =
            folder.isEmpty && spoken.contains { $0.holds(name(of: mine)) || installsFolder($0) }
            || !folder.isEmpty && spoken.contains { $0.holds(folder) }
        return instructions.contains { instruction in
            sources(of: instruction).contains { source in
                let plain = Self.plain(source)
                if plain.isEmpty { return isInstalled }
                if plain.utf8.elementsEqual(mine.utf8) || Wildcard.fits(mine, [plain]) {
                    return true
                }
                // A folder of the project, copied by name.
                return mine.begins(with: plain + "/")
                    && (folder.utf8.elementsEqual(plain.utf8)
                        || spoken.contains { $0.holds(folder) })
            }
        }
    }

    private func name(of path: String) -> String {
        path.parts(separator: "/").last.map(String.init) ?? path
    }

    /// Whether a command installs the current folder: `pip install .`, `uv sync`.
    private func installsFolder(_ text: String) -> Bool {
        guard path.ends(with: ".toml") else { return false }
        return ShellText.commands(in: text).contains { words in
            let isPip = words.contains("install") && words.contains { $0.begins(with: ".") }
            return isPip || ["poetry", "uv", "pdm"].contains(words.first ?? "")
        }
    }

    private func sources(of instruction: Dockerfile.Instruction) -> [String] {
        switch instruction.keyword {
        case "COPY", "ADD":
            if instruction.flag("from") != nil { return [] }
            let words = instruction.words ?? DockerVariables.words(instruction.text)
            return Array(words.dropLast())
        case "RUN":
            return instruction.flags.filter { $0.name == "mount" }.flatMap { flag in
                let fields = flag.value.parts(separator: ",").map(String.init)
                guard !fields.contains(where: { $0.begins(with: "from=") }) else {
                    return [String]()
                }
                return fields.compactMap { field in
                    ["source=", "src="].first { field.begins(with: $0) }
                        .map { String(field.dropFirst($0.count)) }
                }
            }
        default: return []
        }
    }

    /// A source as a path relative to the context's folder; empty for the folder itself.
    private static func plain(_ source: String) -> String {
        let parts = source.parts(separator: "/").filter { $0 != "." }.map(String.init)
        let text = parts.joined(separator: "/")
        return text == "*" ? "" : text
    }

    // MARK: Reading

    /// The package that a line requires: `Name[extra]>=1 ; marker`, `git+https://…/name.git`.
    static func name(of text: String) -> String? {
        let line = text.trimmed.trimmingQuotes
        guard let first = line.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "#")
        else { return nil }
        if line.holds("://"), line.begins(with: "git+") || line.begins(with: "http") {
            let address = line.parts(separator: "#").first?.parts(separator: "@").first ?? ""
            guard let last = address.parts(separator: "/").last else { return nil }
            let parts = address.parts(separator: "/").suffix(2).map(String.init)
            // OpenAI's repository has another name on PyPI.
            if parts.first == "openai", last.begins(with: "whisper") { return "openai-whisper" }
            return normal(last.ends(with: ".git") ? String(last.dropLast(4)) : String(last))
        }
        let name = line.utf8.prefix { ASCII.isAlphanumeric($0) || "-_.".utf8.contains($0) }
        return name.isEmpty ? nil : normal(String(Substring(name)))
    }

    private static func normal(_ name: String) -> String {
        name.lowercased().exchanging("_", for: "-")
    }

    private static func withoutComment(_ line: String) -> String {
        if line.trimmed.begins(with: "#") { return "" }
        guard let place = line.place(of: " #") else { return line }
        return String(line[..<place.lowerBound])
    }

    /// The dependencies of a `pyproject.toml` without extras.
    private static func dependencies(of text: String) -> [String] {
        var found: [String] = []
        var table = ""
        var isInList = false
        for line in text.allLines {
            let line = withoutComment(String(line)).trimmed
            if line.begins(with: "["), !isInList {
                table = line
                continue
            }
            if table == "[project]", line.begins(with: "dependencies"), line.holds("[") {
                isInList = true
            }
            if isInList {
                found += strings(in: line)
                if withoutStrings(line).holds("]") { isInList = false }
            } else if table == "[tool.poetry.dependencies]",
                let name = line.parts(separator: "=").first
            {
                found.append(name.trimmed)
            }
        }
        return found
    }

    private static func strings(in line: String) -> [String] {
        var strings: [String] = []
        var rest = line.utf8[...]
        while let open = rest.firstIndex(where: { $0 == 34 || $0 == 39 }) {
            let quote = rest[open]
            let inner = rest[rest.index(after: open)...]
            guard let end = inner.firstIndex(of: quote) else { break }
            strings.append(String(Substring(inner[..<end])))
            rest = inner[inner.index(after: end)...]
        }
        return strings
    }

    private static func withoutStrings(_ line: String) -> String {
        strings(in: line).filter { !$0.isEmpty }.reduce(line) { $0.exchanging($1, for: "") }
    }
}
