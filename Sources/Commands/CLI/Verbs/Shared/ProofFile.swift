internal import Ledger
internal import LedgerProof
internal import LedgerText

/// Files of proofs.
enum ProofFile {
    /// The parsed contents of a file. Throws `StoreProblem` if the file cannot be read or parsed.
    static func reading<T>(_ path: String, _ read: ([UInt8]) throws -> T) throws -> T {
        let bytes: [UInt8]
        do {
            bytes =
                try path == "-"
                ? Input.toEnd(limit: Limits.contentBytes)
                : RegularFile.bytes(of: path, limit: Limits.contentBytes)
        } catch {
            throw StoreProblem(
                .input, "\(path) cannot be read", cause: "\(error)",
                hint: "check the path and its permissions")
        }
        do { return try read(bytes) } catch let problem as ProofProblem {
            throw StoreProblem(
                .damaged, "\(path) proves nothing", cause: problem.reason,
                hint: problem.isUntrusted
                    ? "name its ledger's verifier key with --key, if you trust its source"
                    : "if it is the right file, it may have been modified: get a new copy")
        }
    }
}
