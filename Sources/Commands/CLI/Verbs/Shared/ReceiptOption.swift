internal import ArgumentParser
internal import CommandPorts
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerHome
internal import LedgerOperations
internal import LedgerProof
internal import LedgerText

/// The file for the receipt of a verb's entry.
struct ReceiptOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write the receipt of the new entry (deploy, revert: of the outcome) to this file.",
            valueName: "file"))
    var receipt: String?

    /// Throws `Refusal` before any action if no key signs, because no receipt would be possible.
    func refuseUnsigned(_ wiring: Wiring) async throws {
        guard let receipt else { return }
        var isFolder = false
        let folder = URL(filePath: receipt.isEmpty ? "/" : receipt).deletingLastPathComponent().path
        let isThere = FileManager.default.fileExists(atPath: receipt, isDirectory: &isFolder)
        if receipt.isEmpty || isFolder || access(isThere ? receipt : folder, W_OK) != 0 {
            throw Refusal(
                .invalid, "no receipt can be written to \"\(receipt)\"",
                cause: isFolder ? "it is a folder" : "it cannot be written",
                hint: "name a file in a folder that you can write to")
        }
        let file = CheckpointKey(besides: try wiring.database())
        let key = try await wiring.withStore(.writing) { try await file.own(of: $0) }
        if let key { return try key.check() }
        let other = try file.read()
        throw Refusal(
            .notPossible, "no receipt is possible: no key signs this ledger's checkpoints",
            cause: "\(file.path) \(other == nil ? "does not exist" : "is not the ledger's key")",
            hint: other == nil
                ? "create a key with `ledger key new`, or omit --receipt"
                : Hint(CheckpointKey.advice(file.path)))
    }

    /// Writes the receipt of an entry, and adds a line to the answer.
    func keep(_ entry: Entry, _ store: any EventReader, in answer: inout Answer) async throws {
        guard let path = receipt else { return }
        guard let text = try await store.receipt(for: entry)?.description else {
            throw Refusal.unsigned("entry \(entry.sequence)")
        }
        do { try Data(text.utf8).write(to: URL(filePath: path), options: .atomic) } catch {
            throw Refusal(
                .notPossible, "entry \(entry.sequence) was recorded, but not its receipt",
                cause: "\(path): \(error.systemWords)",
                hint: Hint("print the receipt", run: "ledger prove \(entry.sequence) > FILE"))
        }
        answer.blocks.append(.line("\(path): the receipt of entry \(entry.sequence)"))
    }
}

extension ReceiptOption {
    static var blank: Self {
        var blank = Self()
        blank.receipt = nil
        return blank
    }
}
