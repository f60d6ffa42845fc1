internal import ArgumentParser
internal import CommandPorts
internal import FoundationEssentials
internal import Ledger
internal import LedgerProof
internal import LedgerText

/// Verifies a static log in a folder or at an address, from its first entry to its last.
struct TileReading {
    let place: String
    let transport: any HTTPTransport

    /// Verifies the log, and compares it with stored checkpoints.
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
                            + "matching its checkpoint"), .line("root \(check.checkpoint.root)"),
                ],
                json: .object([
                    "entries": JSONValue(check.checkpoint.size),
                    "root": .string(check.checkpoint.root.description),
                ]))
            for (file, old) in zip(files, kept) {
                guard check.roots[old.size] == old.root else {
                    throw ProofProblem(
                        old.size > check.checkpoint.size
                            ? "it has fewer than the \(old.size) entries that \(file) covers"
                            : "its first \(old.size) entries differ from those that \(file) covers"
                    )
                }
                answer.blocks.append(
                    .line("it contains the \(old.size) entries that \(file) covers"))
            }
            return answer
        } catch let problem as ProofProblem {
            return Answer(
                [.line("\(place): NOT PROVED: \(problem)")],
                json: .object(["problem": .string(problem.reason)]), exit: .broken,
                outcome: "broken", reason: "integrity")
        }
    }

    /// Completes the check. Throws `ProofProblem` if the check fails, and `StoreProblem` if a file
    /// cannot be read.
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
            // Every file that the checkpoint covers must exist.
            let file = "\(place)/\(path)"
            let isThere = FileManager.default.fileExists(atPath: file)
            if path != TilePath.checkpoint, !isThere { throw ProofProblem("\(path) is missing") }
            return try ProofFile.reading(file) { $0 }
        }
        let address = place + (place.ends(with: "/") ? "" : "/") + path
        do {
            let answer = try await transport.send(HTTPRequest(.get, address))
            if answer.status == 200 { return answer.body }
            throw HTTPSilence("the server answered with status \(answer.status)")
        } catch let silence as HTTPSilence {
            throw StoreProblem(
                .input, "\(address) cannot be read", cause: silence.why,
                hint: "name the address that contains `checkpoint` and `tile/`")
        }
    }
}
