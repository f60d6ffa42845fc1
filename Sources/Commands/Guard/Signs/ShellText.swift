internal import CommandFiles
internal import LedgerText

/// Parses shell text as far as the rules require it.
enum ShellText {
    /// The command lines of a shell text, as words without their quotes. Words before the program
    /// (settings, `sudo`, `exec`, shell keywords) are omitted.
    static func commands(in text: String) -> [[String]] {
        let parts = text.utf8.split { ends.contains($0) }
        return parts.compactMap { part in
            var words = Substring(part).words.map { String($0).trimmingQuotes }[...]
            while let word = words.first,
                beforePrograms.contains(word) || isSetting(word) || word.begins(with: "-")
            {
                words = words.dropFirst()
            }
            // `python -m pip install` counts as `pip install`.
            if words.count > 2, plain(words.first ?? "").begins(with: "python"),
                words.dropFirst().first == "-m"
            {
                words = words.dropFirst(2)
            }
            return words.isEmpty ? nil : Array(words)
        }
    }

    /// The bytes that end a command line.
    private static let ends = Set(";&|()\n{}`".utf8)

    private static let beforePrograms: Set<String> = [
        "sudo", "exec", "time", "env", "then", "do", "else", "if", "!", "set", "sh", "bash",
        "/bin/sh",
        "/bin/bash", "command", "nice",
    ]

    private static func isSetting(_ word: String) -> Bool {
        guard let at = word.first(byte: "=") else { return false }
        return word[..<at].utf8.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }

    /// A program without its folder: `./gradlew`, `/opt/venv/bin/pip`.
    static func plain(_ word: String) -> String {
        word.parts(separator: "/").last.map(String.init) ?? word
    }
}
