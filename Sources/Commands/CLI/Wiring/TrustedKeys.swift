internal import CommandPorts
internal import FoundationEssentials
internal import Ledger
internal import LedgerHome
internal import LedgerProof
internal import LedgerText

extension Wiring {
    /// The trusted keys: those that are named, directly or by a file; otherwise the keys that the
    /// ledger records. In that case it opens the ledger.
    func trusted(_ named: [String]) async throws -> [VerifierKey] {
        if named.isEmpty { return try await knowingKeys { try await CheckpointKey.all(of: $0) } }
        return try named.flatMap { text -> [VerifierKey] in
            let file = FileManager.default.contents(atPath: text)
            if file == nil, !text.holds("+") {
                throw StoreProblem(
                    .input, "the file \(text) of verifier keys does not exist",
                    hint: "its owner prints it with `ledger key`; a file has one key per line")
            }
            do {
                return try VerifierKey.all(
                    in: file.map { String(decoding: $0, as: UTF8.self) } ?? text)
            } catch {
                throw StoreProblem(
                    .input, "\(text) is not a verifier key", cause: "\(error)",
                    hint: "its owner prints it with `ledger key`; a file has one key per line")
            }
        }
    }

    /// Opens the ledger for its keys; throws `Refusal` if it records none.
    func knowingKeys<T>(_ body: (any KeptLedger) async throws -> T) async throws -> T {
        do { return try await withStore(.reading, body) } catch let problem as StoreProblem
            where problem.kind == .missing && options.database == nil
        {
            throw Refusal(
                .invalid, "no trusted key is known",
                cause: "no --key is given, and no ledger with keys exists here",
                hint: "name the verifier key, or a file of verifier keys: --key KEY")
        }
    }
}
