internal import ArgumentParser
internal import Ledger
internal import LedgerHome
internal import LedgerOperations
internal import LedgerProof
internal import LedgerText

/// Compares the ledger with a checkpoint that was stored elsewhere.
struct CheckpointAgainst {
    private(set) var findings: [Verification.Finding] = []
    private(set) var words = ""

    init(_ file: String, _ trusted: [VerifierKey], _ store: any KeptLedger) async throws {
        let all = try ProofFile.reading(file) { bytes in
            try CheckpointSearch.all(in: bytes, trusting: trusted)
        }
        let name = file == "-" ? "the checkpoint" : file
        for old in all { try await hold(old, name, store) }
        words = "the \(all[0].size) entries that \(name) covers are unchanged"
    }

    private mutating func hold(
        _ old: Checkpoint, _ name: String, _ store: any KeptLedger
    ) async throws {
        let head = try await store.head().sequence
        guard old.size <= head else {
            findings.append(
                .init(
                    sequence: nil,
                    what:
                        "\((head + 1...old.size).areGone): \(old.origin) had \(old.size) entries "
                        + "when \(name) was signed, but this file has \(head)"))
            return
        }
        if try await store.root(over: old.size) == old.root { return }
        findings.append(
            .init(
                sequence: nil,
                what: "the first \(old.size) entries differ from those that \(name) of "
                    + "\(old.origin) covers: they were rewritten, or this is another ledger"))
    }
}

/// Checks receipts with trusted keys. With the ledger's own keys, also compares with the ledger.
struct ReceiptCheck {
    let files: [String]
    let keys: [String]

    init(_ files: [String], _ keys: [String]) { (self.files, self.keys) = (files, keys) }

    func answer(_ wiring: Wiring) async throws -> Answer {
        if !keys.isEmpty { return try await answer(wiring.trusted(keys), nil) }
        return try await wiring.knowingKeys { store in
            try await answer(CheckpointKey.all(of: store), store)
        }
    }

    private func answer(
        _ trusted: [VerifierKey], _ store: (any EventReader)?
    ) async throws -> Answer {
        var answer = Answer()
        var list: [JSONValue] = []
        for file in files {
            let receipt = try ProofFile.reading(file) { try Receipt($0) }
            var members: [String: JSONValue] = [
                "file": .string(file), "entry": JSONValue(receipt.index + 1),
            ]
            do {
                let checkpoint = try receipt.proved(trusting: trusted)
                if let store { try await stands(receipt, in: store) }
                let today = store == nil ? "" : "; the ledger still contains it"
                let header = String(decoding: receipt.header ?? [], as: UTF8.self)
                answer.blocks += [
                    .line(
                        "\(file): entry \(receipt.index + 1) of \(checkpoint.origin), "
                            + "under its checkpoint of size \(checkpoint.size)\(today)"),
                    .text(header + "\n"),
                ]
                members["header"] = try? JSONValue(parsing: header)
                members["size"] = JSONValue(checkpoint.size)
            } catch let problem as ProofProblem {
                answer.blocks.append(.line("\(file): NOT PROVED: \(problem)"))
                members["problem"] = .string(problem.reason)
                (answer.exit, answer.outcome, answer.reason) = (.broken, "broken", "integrity")
            }
            list.append(.object(members))
        }
        answer.json = .array(list)
        return answer
    }

    /// Throws `ProofProblem` if the ledger has a different entry at that sequence, or no entry.
    private func stands(_ receipt: Receipt, in store: any EventReader) async throws {
        let sequence = receipt.index + 1
        guard let entry = try await store.entry(at: sequence) else {
            throw ProofProblem("the ledger no longer contains entry \(sequence)")
        }
        guard receipt.isAbout(entry) else {
            throw ProofProblem("the ledger now contains a different entry \(sequence)")
        }
        guard let redaction = entry.draft.redaction else { return }
        guard case .redacted(let decision)? = try await store.entry(at: redaction.decision)?.event,
            decision.holds(of: entry)
        else {
            throw ProofProblem("entry \(sequence) lacks bytes without a recorded redaction")
        }
    }
}
