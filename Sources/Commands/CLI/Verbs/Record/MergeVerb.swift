internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerHome
internal import LedgerProof
internal import LedgerText
internal import Projections

/// `ledger merge`
struct MergeVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Merge another ledger",
        discussion: """
            The other ledger (for example of a laptop or a CI job) is verified first. Its entries \
            keep their ids, times, authors and sources, and get new sequences here. Entries that \
            are already recorded are skipped. Its log is stored too, so that you can prove an \
            entry's origin: ledger prove N --origin.

            Example: ledger merge laptop.db
            Example: ledger merge job.db --key job.keys
            """)
    @Argument(help: "The file of the other ledger.")
    var file: String
    @Option(
        help: ArgumentHelp(
            "The other ledger's verifier key, or a file of keys. Default: keys beside its file.",
            valueName: "key"))
    var key: [String] = []
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let path = Stores.file(at: file)
        guard FileManager.default.fileExists(atPath: path) else {
            throw Refusal(
                .invalid, "no ledger exists at \(file)", hint: "name the other ledger's file")
        }
        let other = try open(path)
        do {
            let answer = try await merged(other, wiring)
            try? await other.close()
            return answer
        } catch {
            try? await other.close()
            throw error
        }
    }

    private func merged(_ other: any KeptLedger, _ wiring: Wiring) async throws -> Answer {
        if let bad = try await other.verify(.everything, threads: 2, signers: nil).findings.first {
            throw StoreProblem(
                .damaged, "nothing was merged: \(file) was modified", cause: "\(bad)",
                hint: Hint("see all findings", run: "ledger verify --db \(shell: file)"))
        }
        let keys = try await key.isEmpty ? CheckpointKey.all(of: other) : wiring.trusted(key)
        if keys.isEmpty {
            throw Refusal(
                .notPossible, "no trusted key for the signatures of \(file)",
                cause: "its verifier key is not beside the file",
                hint: "get the verifier key from its owner (ledger key), and name it with --key")
        }
        return try await wiring.recording { recorder in
            answer(try await merging(recorder, other, keys))
        }
    }

    private func open(_ path: String) throws -> any KeptLedger {
        do { return try Stores.open(path) } catch let
            problem as StoreProblem where problem.kind == .notALedger
        {
            throw problem.hinting("name the file of the other ledger; nothing was merged")
        }
    }

    private func merging(
        _ recorder: Recorder, _ other: any KeptLedger, _ keys: [VerifierKey]
    ) async throws -> MergeResult {
        do { return try await recorder.merge(other, trusting: keys) } catch let problem
            as ProofProblem
        {
            throw StoreProblem(
                .damaged, "nothing was merged: the checkpoint of \(file) is not trusted",
                cause: "\(problem)", hint: "name the right key with --key")
        }
    }

    private func answer(_ result: MergeResult) -> Answer {
        var blocks: [Answer.Block] = [
            .line(
                (result.added == 1 ? "1 new entry" : "\(result.added) new entries")
                    + ", \(result.known) already recorded")
        ]
        if result.left > 0 {
            blocks.append(
                .line(
                    "\(result.left) skipped: \(result.left == 1 ? "it is" : "they are") about the "
                        + "other ledger itself"))
        }
        if !result.whole.isEmpty {
            let places = result.whole.map(String.init).joined(separator: ", ")
            blocks.append(
                .line(
                    "entry \(places): redacted in the other ledger, but not here. To redact: "
                        + "ledger redact \(result.whole[0]) …"))
        }
        if let entry = result.entry {
            blocks.append(.line("entry \(entry) records their origin"))
        }
        return Answer(
            blocks,
            json: .object([
                "added": JSONValue(result.added), "known": JSONValue(result.known),
                "left": JSONValue(result.left),
                "entry": result.entry.map { JSONValue($0) } ?? .null,
            ]))
    }
}
