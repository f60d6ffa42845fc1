internal import ArgumentParser
internal import CommandPorts
internal import Foundation
internal import Ledger
internal import LedgerProof
internal import LedgerSQLite

/// Where the receipt of what a verb writes is to be kept.
struct ReceiptOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Keep the receipt of what is recorded in this file: for deploy and revert, of how it ended.",
            valueName: "file"))
    var receipt: String?

    /// Throws `Refusal` before anything is done if nobody signs: there would be no receipt.
    func refuseUnsigned(_ wiring: Wiring) async throws {
        guard let receipt else { return }
        var isFolder: ObjCBool = false
        let folder = URL(filePath: receipt.isEmpty ? "/" : receipt).deletingLastPathComponent().path
        let isThere = FileManager.default.fileExists(atPath: receipt, isDirectory: &isFolder)
        if receipt.isEmpty || isFolder.boolValue || access(isThere ? receipt : folder, W_OK) != 0 {
            throw Refusal(
                .invalid, "no receipt can be kept in \"\(receipt)\"",
                cause: isFolder.boolValue ? "it is a folder" : "it cannot be written",
                hint: "name a file in a folder of yours")
        }
        let file = CheckpointKey(besides: try wiring.database())
        let key = try await wiring.withStore(.writing) { try await wiring.ownKey($0) }
        if let key { return try key.check() }
        let other = try file.read()
        throw Refusal(
            .notPossible, "there can be no receipt: no key signs this ledger's checkpoints",
            cause: "\(file.path) is \(other == nil ? "not there" : "not its key")",
            hint: other == nil
                ? "make one with `ledger key new`, or do it without --receipt"
                : CheckpointKey.advice(file.path))
    }

    /// Keeps the receipt of an entry; adds a line that says so.
    func keep(_ entry: Entry, _ store: any EventReader, in answer: inout Answer) async throws {
        guard let path = receipt else { return }
        guard let text = try await store.receipt(for: entry)?.description else {
            throw Entries.unsigned("entry \(entry.sequence)")
        }
        do { try Data(text.utf8).write(to: URL(filePath: path), options: .atomic) } catch {
            throw Refusal(
                .notPossible, "entry \(entry.sequence) is recorded, but its receipt cannot be kept",
                cause: "\(path): \(error.localizedDescription)",
                hint: "get it again: ledger prove \(entry.sequence) > FILE")
        }
        answer.blocks.append(.line("\(path): the receipt of entry \(entry.sequence)"))
    }
}
