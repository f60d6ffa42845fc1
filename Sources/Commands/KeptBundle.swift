public import Ledger

/// A bundle as the ledger keeps it, with the bytes of its files.
public struct KeptBundle: Sendable {
    public let bundle: Bundle
    public let hash: ContentHash
    public let files: [BundleFile: [UInt8]]

    /// Reads it; throws `StoreProblem` if it is not whole.
    public init(_ hash: ContentHash, from store: any EventStore) async throws {
        guard let bundle = try await store.bundle(hash) else {
            throw StoreProblem(
                .damaged, "a bundle of this run is not in the ledger",
                cause: "no content has the hash \(hash)", hint: "run `ledger verify`")
        }
        self.hash = hash
        self.bundle = bundle
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

extension EventStore {
    /// The bundle that is kept under a hash; `nil` if there is none. Throws `FieldProblem` or
    /// `JSONProblem` if what is kept is no bundle.
    public func bundle(_ hash: ContentHash) async throws -> Bundle? {
        try await content(hash).map { try Bundle(content: $0) }
    }

    /// The bundle of the deploy that an entry tells of, with its hash; `nil` if none was kept.
    func bundle(of entry: Entry?) async throws -> (Bundle, ContentHash)? {
        guard let hash = entry?.payload["bundle"]?.string.flatMap(ContentHash.init(rawValue:)),
            let bundle = try await bundle(hash)
        else { return nil }
        return (bundle, hash)
    }
}
