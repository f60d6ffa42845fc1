internal import CommandFiles
internal import LedgerText

/// Rules for literal values in Dockerfiles and settings files.
enum SecretRules {
    static func judge(_ path: String, _ file: Dockerfile) -> [GuardFinding] {
        let before = file.arguments.filter { LiteralSecret.isOne($0.key, $0.value) }.keys.sorted()
            .map { GuardFinding(.literalSecret, path, 1, "ARG \($0) contains a literal secret") }
        return before
            + file.stages.flatMap(\.instructions).flatMap { instruction -> [GuardFinding] in
                switch instruction.keyword {
                case "ENV", "ARG", "LABEL":
                    return Dockerfile.pairs(instruction).filter { name, value in
                        LiteralSecret.isOne(name, value ?? "")
                    }.map {
                        GuardFinding(
                            .literalSecret, path, instruction.line,
                            "\(instruction.keyword) \($0.name) contains a literal secret")
                    }
                case "RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK":
                    let lines = SecretLines.lines(
                        of: instruction.whole, from: instruction.line)
                    return lines.map {
                        GuardFinding(.literalSecret, path, $0, "a command line contains a secret")
                    }
                case "COPY", "ADD": return copied(instruction, path)
                default: return []
                }
            }
    }

    /// Files whose names mark them as secrets.
    private static func copied(
        _ instruction: Dockerfile.Instruction, _ path: String
    ) -> [GuardFinding] {
        guard instruction.flag("from") == nil else { return [] }
        let words = instruction.words ?? DockerVariables.words(instruction.text)
        let file = words.dropLast().first { word in
            let name = word.parts(separator: "/").last ?? ""
            return name == ".env" || name == "id_rsa" || name == "id_ed25519" || name == ".netrc"
                || name.ends(with: ".pem") && !name.holds("cert")
        }
        return file.map {
            [GuardFinding(.literalSecret, path, instruction.line, "\($0) is copied into the image")]
        } ?? []
    }

    /// A value without its comment: the text after the closing quote, or from ` #` on.
    private static func settingsValue(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard let quote = bytes.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
        else {
            if bytes.first == UInt8(ascii: "#") { return "" }
            let end = bytes.indices.dropFirst().first {
                bytes[$0] == UInt8(ascii: "#") && [9, 32].contains(bytes[$0 - 1])
            }
            return String(decoding: bytes[..<(end ?? bytes.count)], as: UTF8.self).trimmed
        }
        let isEscaping = quote == UInt8(ascii: "\"")
        var place = 1
        while place < bytes.count, bytes[place] != quote {
            place += isEscaping && bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        return String(decoding: bytes.prefix(place + 1), as: UTF8.self)
    }

    /// `NAME=value` lines. Example files are skipped.
    static func judge(settings path: String, _ text: String) -> [GuardFinding] {
        let name = path.parts(separator: "/").last?.lowercased() ?? ""
        let isExample = ["example", "sample", "template", "dist"].contains(where: name.contains)
        return text.allLines
            .enumerated().compactMap { number, line in
                let clean = line.trimmedStart.trimmingPrefix("export ")
                guard clean.first != "#", let at = clean.first(byte: "=") else { return nil }
                let key = String(clean[..<at].trimmedEnd)
                let value = settingsValue(clean[clean.index(after: at)...].trimmed)
                guard LiteralSecret.isOne(key, value, isExample: isExample) else { return nil }
                return GuardFinding(
                    .literalSecret, path, number + 1, "\(key) contains a literal secret")
            }
    }
}
