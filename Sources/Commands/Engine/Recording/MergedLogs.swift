public import Ledger
public import LedgerProof

extension EventReader {
    /// The receipt of an entry in the log in which it was first recorded; `nil` if it was recorded
    /// here.
    ///
    /// Throws `StoreProblem`.
    public func receiptElsewhere(of id: EntryID) async throws -> Receipt? {
        for merge in try await merges() {
            var headers: [[UInt8]] = []
            for hash in merge.log {
                let bytes = try await content(hash) ?? []
                headers += bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
            }
            let note = Array(merge.checkpoint.utf8)
            if let receipt = MergedEntry.receipt(of: id, in: headers, note) { return receipt }
        }
        return nil
    }

    /// The logs that were merged into this ledger, the newest first.
    func merges() async throws -> [Merge] {
        var filter = EntryFilter()
        filter.kinds = [EventKind.ledgerMerged.rawValue]
        var merges: [Merge] = []
        try await each(filter, .newestFirst) { entry in
            if case .merged(let merge) = entry.event { merges.append(merge) }
        }
        return merges
    }
}
