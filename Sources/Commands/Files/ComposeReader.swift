internal import Ledger
internal import LedgerText

extension ComposeFile {
    /// Reads services of one file, with the variables that compose knows there.
    struct Reader {
        let path: String
        let settings: [String: String]

        private func place(_ yaml: LooseYAML) -> Place { Place(path: path, line: yaml.line) }

        /// A text with variables replaced by `.env` values, else by defaults.
        private func known(_ text: String) -> String {
            DockerVariables.expand(text.exchanging("$$", for: "\\$")) { settings[$0] }
        }

        /// The words of a command line; a variable is one word, whatever its default.
        private func words(_ text: String) -> [String] {
            DockerVariables.words(DockerVariables.withoutReferences(text, mark: "$"))
        }

        /// A stage's name; an unknown variable in it stays unchanged.
        private func target(_ text: String) -> String {
            let open = "\u{0}"
            let filled = DockerVariables.expand(text, unknown: open) { settings[$0] }
            return filled.holds(open) ? text : filled
        }

        /// Merges a service's definition over the existing one.
        func merged(_ before: ComposeFile.Service, _ yaml: LooseYAML) -> ComposeFile.Service {
            var service = before
            if let image = yaml["image"], let text = image.text {
                service.image = (known(text), place(image))
            }
            if let build = yaml["build"] { service.build = self.build(build) }
            let environment = yaml["environment"].map(variables) ?? []
            service.environment.removeAll { old in environment.contains { $0.name == old.name } }
            service.environment += environment
            service.settings += (yaml["env_file"].map(settings) ?? [])
            let mounts = (yaml["volumes"]?.items ?? []).compactMap(mount)
            if yaml["volumes"]?.replaces == true {
                service.mounts = []
                service.replacesMounts = true
            }
            service.mounts.removeAll { old in mounts.contains { $0.target == old.target } }
            service.mounts += mounts
            service.mounts += (yaml["tmpfs"]?.texts ?? []).map {
                ComposeFile.Mount(
                    source: nil, target: $0.text, isTemporary: true,
                    place: Place(path: path, line: $0.line))
            }
            for key in ["command", "entrypoint"] {
                guard let value = yaml[key] else { continue }
                let words = value.text.map(words) ?? value.texts.map(\.text)
                service.commands.append((words, place(value)))
            }
            if let test = yaml["healthcheck"]?["test"] {
                let words = test.text.map(words) ?? test.texts.map(\.text)
                service.commands.append((words, place(test)))
            }
            if let user = yaml["user"]?.text { service.user = known(user) }
            if let privileged = yaml["privileged"] {
                service.privileged = privileged.isTrue ? place(privileged) : nil
            }
            if let socket = yaml["use_api_socket"], socket.isTrue {
                service.engineSocket = place(socket)
            }
            let devices = yaml["deploy"]?["resources"]?["reservations"]?["devices"]?.items ?? []
            service.usesGPU =
                service.usesGPU || yaml["gpus"] != nil || yaml["runtime"]?.text == "nvidia"
                || devices.contains {
                    $0["capabilities"]?.texts.contains { $0.text == "gpu" } ?? false
                }
            return service
        }

        private func build(_ yaml: LooseYAML) -> ComposeFile.Build {
            ComposeFile.Build(
                context: known(yaml.text ?? yaml["context"]?.text ?? "."),
                dockerfile: (yaml["dockerfile"]?.text).map(known),
                target: yaml["target"]?.text.map(target),
                arguments: yaml["args"].map(variables) ?? [],
                contexts: Set(
                    (yaml["additional_contexts"].map(variables) ?? []).map { $0.name.lowercased() }),
                inline: yaml["dockerfile_inline"].flatMap { inline in
                    inline.text.map { ($0, inline.textLine) }
                }, line: yaml.line)
        }

        /// A list (`NAME=value`) or a map.
        private func variables(_ yaml: LooseYAML) -> [(
            name: String, value: String, place: ComposeFile.Place
        )] {
            let pairs = yaml.pairs.map {
                ($0.name, $0.value.text ?? "", Place(path: path, line: $0.line))
            }
            return pairs
                + yaml.texts.map { text, line in
                    let parts = text.parts(
                        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    let value = parts.count > 1 ? String(parts[1]) : ""
                    return (String(parts[0]), value, Place(path: path, line: line))
                }
        }

        private func settings(_ yaml: LooseYAML) -> [(path: String, isRequired: Bool)] {
            let long = yaml.items.compactMap { item in
                item["path"]?.text.map { ($0, item["required"]?.text != "false") }
            }
            return yaml.texts.map { ($0.text, true) } + (yaml.text.map { [($0, true)] } ?? [])
                + long
        }

        /// `source:target:mode`, or the long form.
        private func mount(_ yaml: LooseYAML) -> ComposeFile.Mount? {
            if let target = yaml["target"]?.text {
                return ComposeFile.Mount(
                    source: (yaml["source"]?.text).map(source), target: target,
                    isTemporary: yaml["type"]?.text == "tmpfs",
                    isReadOnly: yaml["read_only"]?.isTrue == true,
                    isKnown: yaml["source"]?.text?.holds("$") != true,
                    place: place(yaml))
            }
            guard let text = yaml.text else { return nil }
            let raw = fields(of: text)
            guard let last = raw.last else { return nil }
            if raw.count == 1 {
                return ComposeFile.Mount(
                    source: nil, target: known(last), isTemporary: false,
                    place: place(yaml))
            }
            let parts = [source(raw[0])] + raw.dropFirst().map(known)
            let modes = parts.dropFirst(2).flatMap { $0.parts(separator: ",") }
            return ComposeFile.Mount(
                source: parts[0], target: parts[1], isTemporary: false,
                isReadOnly: modes.contains("ro"), isKnown: yaml.text?.holds("$") != true,
                place: place(yaml))
        }

        /// The source of a mount; a variable with an unknown value stays unchanged.
        private func source(_ text: String) -> String {
            let filled = known(text)
            return filled.isEmpty ? text : filled
        }

        /// The fields of the short form, split at colons outside variables.
        private func fields(of text: String) -> [String] {
            var fields: [[UInt8]] = [[]]
            var depth = 0
            for byte in text.utf8 {
                if byte == UInt8(ascii: "{") { depth += 1 }
                if byte == UInt8(ascii: "}") { depth -= 1 }
                if byte == UInt8(ascii: ":"), depth <= 0 {
                    fields.append([])
                } else {
                    fields[fields.count - 1].append(byte)
                }
            }
            return fields.filter { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
