public import Ledger

/// A bundle as the ledger keeps it, with the bytes of its files.
public struct KeptBundle: Sendable {
    public let bundle: Bundle
    public let hash: ContentHash
    public let files: [BundleFile: [UInt8]]

    /// Reads it; throws `StoreProblem` if it is not whole.
    public init(_ hash: ContentHash, from store: any EventStore) async throws {
        guard let bytes = try await store.content(hash) else {
            throw StoreProblem(
                .damaged, "a bundle of this run is not in the ledger",
                cause: "no content has the hash \(hash)", hint: "run `ledger verify`")
        }
        self.hash = hash
        bundle = try Bundle(content: bytes)
        var files: [BundleFile: [UInt8]] = [:]
        for file in bundle.files {
            guard let bytes = try await store.content(file.hash) else {
                throw StoreProblem(
                    .damaged, "\(file.path) of a bundle is not in the ledger",
                    cause: "no content has the hash \(file.hash)", hint: "run `ledger verify`")
            }
            files[file] = bytes
        }
        self.files = files
    }
}
