internal import ArgumentParser
internal import CommandPorts
internal import CommandRunners
internal import Foundation
internal import Ledger
internal import LedgerProof
internal import LedgerText

/// A static log in a folder or at an address, read anew from its first entry to its last.
struct TileReading {
    let place: String
    let variables: [String: String]

    /// What the log is worth, also against checkpoints that were kept.
    func answer(
        trusting keys: [VerifierKey], against files: [String]
    ) async throws -> Answer {
        let kept = try files.map { file in
            try ProofFile.reading(file) { bytes in
                try Checkpoint.opened(SignedNote(bytes), trusting: keys)
            }
        }
        do {
            let check = try await proved(trusting: keys, rootsOver: kept.map(\.size))
            var answer = Answer(
                [
                    .line(
                        "\(place): \(check.checkpoint.size) entries of \(check.checkpoint.origin), "
                            + "as its checkpoint says"), .line("root \(check.checkpoint.root)"),
                ],
                json: .object([
                    "entries": JSONValue(check.checkpoint.size),
                    "root": .string(check.checkpoint.root.description),
                ]))
            for (file, old) in zip(files, kept) {
                guard check.roots[old.size] == old.root else {
                    throw ProofProblem(
                        old.size > check.checkpoint.size
                            ? "it ends before the \(old.size) entries that \(file) was signed over"
                            : "its first \(old.size) entries are not those that \(file) was signed over"
                    )
                }
                answer.blocks.append(
                    .line("the \(old.size) entries that \(file) was signed over stand in it"))
            }
            return answer
        } catch let problem as ProofProblem {
            return Answer(
                [.line("\(place): NOT PROVED: \(problem)")],
                json: .object(["problem": .string(problem.reason)]), exit: .broken,
                outcome: "broken", reason: "integrity")
        }
    }

    /// The check that went through to its end; throws `ProofProblem` if it did not, `StoreProblem`
    /// if a file cannot be had.
    private func proved(trusting keys: [VerifierKey], rootsOver sizes: [Int]) async throws
        -> TileCheck
    {
        let note = try SignedNote(await file(TilePath.checkpoint))
        var check = try TileCheck(
            try Checkpoint.opened(note, trusting: keys), rootsOver: sizes)
        while let path = check.next {
            for tile in try check.take(await file(path)) {
                guard try await file(tile.path) == tile.bytes else {
                    throw ProofProblem("\(tile.path) does not hold the hashes of the entries")
                }
            }
        }
        return check
    }

    private func file(_ path: String) async throws -> [UInt8] {
        guard place.begins(with: "http://") || place.begins(with: "https://") else {
            // What the checkpoint speaks of must be there.
            let file = "\(place)/\(path)"
            let isThere = FileManager.default.fileExists(atPath: file)
            if path != TilePath.checkpoint, !isThere { throw ProofProblem("\(path) is missing") }
            return try ProofFile.reading(file) { $0 }
        }
        let address = place + (place.ends(with: "/") ? "" : "/") + path
        do {
            let answer = try await CurlTransport(variables: variables)
                .send(HTTPRequest(.get, address))
            if answer.status == 200 { return answer.body }
            throw HTTPSilence("the server says \(answer.status)")
        } catch let silence as HTTPSilence {
            throw StoreProblem(
                .input, "\(address) cannot be had", cause: silence.why,
                hint: "name the address under which `checkpoint` and `tile/` stand")
        }
    }
}
