internal import Foundation
internal import Ledger
internal import LedgerProof

/// Files of proofs.
enum ProofFile {
    /// What a file holds; throws `StoreProblem` if it cannot be read as that.
    static func reading<T>(_ path: String, _ read: ([UInt8]) throws -> T) throws -> T {
        let data =
            path == "-"
            ? FileHandle.standardInput.readDataToEndOfFile()
            : FileManager.default.contents(atPath: path)
        guard let data else {
            throw StoreProblem(
                .input, "\(path) cannot be read", hint: "check the path, and who may read it")
        }
        do { return try read(Array(data)) } catch let problem as ProofProblem {
            throw StoreProblem(
                .damaged, "\(path) proves nothing", cause: problem.reason,
                hint: problem.isUntrusted
                    ? "name the key of its ledger with --key, if you have it from elsewhere"
                    : "if it is the right file, it may have been changed on its way: fetch it again "
                        + "from where it was kept")
        }
    }
}
