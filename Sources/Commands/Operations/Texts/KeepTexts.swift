// Made by scripts/documentation from the doc comments of the operations.
// swift-format-ignore-file

extension ProveEntry {
    public static let documentation = Documentation(
        summary: "Print the receipt of an entry",
        discussion: "A receipt (c2sp.org/tlog-proof) contains the entry's header, the path to the root and the signed checkpoint. It does not contain the payload, only its hash.",
        fields: [
            "entry": "The entry's sequence or id.",
            "origin": "The receipt of a merged entry from its original ledger.",
        ])
}

extension ProveCheckpoint {
    public static let documentation = Documentation(
        summary: "Print the newest signed checkpoint, or the first that covers a number of entries",
        discussion: "",
        fields: [
            "size": "The number of entries. Default: all.",
        ])
}

extension ProveConsistency {
    public static let documentation = Documentation(
        summary: "Prove that the ledger begins with its earlier entries",
        discussion: "",
        fields: [
            "from": "The number of earlier entries.",
            "to": "The number of later entries. Default: those of the newest checkpoint.",
        ])
}

extension RedactEntry {
    public static let documentation = Documentation(
        summary: "Remove bytes from an entry's payload, by a recorded decision",
        discussion: "The bytes are removed permanently. A new entry records who decided it, when and why. Every proof and checkpoint stays valid.",
        fields: [
            "entry": "The entry's sequence.",
            "fields": "The field to remove, or a JSON Pointer into the payload (/command/3). May be repeated.",
            "reason": "The reason.",
            "signatures": "Approvers' signatures over the statement (armored, PROTOCOL.sshsig).",
        ])
}

extension RebuildViews {
    public static let documentation = Documentation(
        summary: "Rebuild the stored views and the search index from the entries",
        discussion: "It also updates the file of an older version. Entries are not changed.",
        fields: [:])
}
