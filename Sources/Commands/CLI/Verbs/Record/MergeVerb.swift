internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import Foundation
internal import Ledger
internal import LedgerProof
internal import LedgerSQLite
internal import LedgerText
internal import Projections

/// `ledger merge`
struct MergeVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Let what was recorded apart join this ledger",
        discussion: """
            The other ledger (a laptop's, a CI job's) is verified first. Its entries keep their ids, times, \
            authors and sources, and get new places here; what is here already is not added again. Its log is \
            kept along, so that every entry can still be proved to come from it: ledger prove N --origin.

            Example: ledger merge laptop.db
            Example: ledger merge job.db --key job.keys
            """)
    @Argument(help: "The file of the other ledger.")
    var file: String
    @Option(
        help: ArgumentHelp(
            "The verifier key of the other ledger, or a file of such. Default: those that lie with it.",
            valueName: "key"))
    var key: [String] = []
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let path = SQLiteStore.file(at: file)
        guard FileManager.default.fileExists(atPath: path) else {
            throw Refusal(
                .invalid, "there is no ledger to merge at \(file)", hint: "name the other's file")
        }
        let other = try open(path)
        defer { try? other.close() }
        if let bad = try other.verify().findings.first {
            throw StoreProblem(
                .damaged, "nothing was merged: \(file) is not as it was written", cause: "\(bad)",
                hint: "look at it: ledger verify --db \(shell: file)")
        }
        let keys = try await key.isEmpty ? Wiring.keys(of: other) : wiring.trusted(key)
        if keys.isEmpty {
            throw Refusal(
                .notPossible, "nobody says whose signatures on \(file) count",
                cause: "its key does not lie with it",
                hint: "its owner sees the verifier key with `ledger key`; name it with --key")
        }
        return try await wiring.recording { recorder in
            let result = try await merging(recorder, other, keys)
            return answer(result)
        }
    }

    private func open(_ path: String) throws -> SQLiteStore {
        do { return try SQLiteStore(path: path, .reading, views: StoredViews.all) } catch let
            problem as StoreProblem where problem.kind == .notALedger
        {
            throw problem.hinting("name the file of the other ledger; nothing was merged")
        }
    }

    private func merging(
        _ recorder: Recorder, _ other: SQLiteStore, _ keys: [VerifierKey]
    ) async throws -> MergeResult {
        do { return try await recorder.merge(other, trusting: keys) } catch let problem
            as ProofProblem
        {
            throw StoreProblem(
                .damaged, "nothing was merged: the checkpoint of \(file) is not believed",
                cause: "\(problem)", hint: "name the right key with --key")
        }
    }

    private func answer(_ result: MergeResult) -> Answer {
        var blocks: [Answer.Block] = [
            .line(
                (result.added == 1 ? "1 entry is new" : "\(result.added) entries are new")
                    + ", \(result.known == 1 ? "1 was" : "\(result.known) were") here")
        ]
        if result.left > 0 {
            blocks.append(
                .line(
                    "\(result.left) \(result.left == 1 ? "is" : "are") about the other ledger itself: "
                        + "not taken over"))
        }
        if !result.whole.isEmpty {
            let places = result.whole.map(String.init).joined(separator: ", ")
            blocks.append(
                .line(
                    "entry \(places): bytes were taken out there, and are still here: ledger redact "
                        + "\(result.whole[0]) …"))
        }
        if let entry = result.entry {
            blocks.append(.line("entry \(entry) tells where they come from"))
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
