/// Words as shells read them.
public enum ShellWord {
    /// A word as any POSIX shell reads it back (XCU 2.2.2, single quotes).
    public static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            (65...90).contains(byte) || (97...122).contains(byte) || (48...57).contains(byte)
                || "-_./:=@%+,".utf8.contains(byte)
        }
        if plain, !word.isEmpty { return word }
        return "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
