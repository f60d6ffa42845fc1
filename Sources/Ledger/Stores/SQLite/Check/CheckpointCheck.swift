internal import Ledger
internal import LedgerProof

/// Checks that stored checkpoints match the roots and have valid signatures.
struct CheckpointCheck {
    let path: String
    /// The trusted keys; `nil` skips the signature check.
    let keys: [VerifierKey]?

    func findings(in sizes: ClosedRange<Int>) throws -> [Verification.Finding] {
        let reader = try Opening.readOnly(path)
        defer { try? reader.close() }
        return try reader.read { database in
            let rows = RowAccess(
                try database.statement(
                    """
                    SELECT checkpoint.size, note, root FROM checkpoint
                    LEFT JOIN root ON root.size = checkpoint.size
                    WHERE checkpoint.size BETWEEN ? AND ? ORDER BY checkpoint.size
                    """))
            rows.bind(sizes.lowerBound, at: 1)
            rows.bind(sizes.upperBound, at: 2)
            var findings: [Verification.Finding] = []
            while try rows.next() {
                let size = rows.integer(0)
                let root = TreeHash(bytes: Array(rows.bytes(2)))
                if let (kind, what) = problem(rows.text(1) ?? "", size, root) {
                    findings.append(.init(kind, sequence: size, what: what))
                }
            }
            return findings
        }
    }

    private func problem(
        _ text: String, _ size: Int, _ root: TreeHash?
    ) -> (Verification.Finding.Kind, String)? {
        do {
            let note = try SignedNote(Array(text.utf8))
            let checkpoint = try Checkpoint(note.text)
            guard checkpoint.size == size, checkpoint.root == root else {
                return (.damage, "its stored checkpoint does not match the tree")
            }
            if let keys { _ = try Checkpoint.opened(note, trusting: keys) }
            return nil
        } catch  where error.isUntrusted {
            return (.unknownKey, "its stored checkpoint cannot be verified: \(error)")
        } catch {
            return (.damage, "its stored checkpoint is invalid: \(error)")
        }
    }
}
