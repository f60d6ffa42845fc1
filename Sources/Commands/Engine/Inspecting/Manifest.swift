internal import CommandPorts
internal import Ledger
internal import LedgerText

/// A registry's content under a digest: an image, or an index of images for platforms (OCI Image
/// Format; Docker Image Manifest Version 2, Schema 2).
package enum Manifest: Hashable {
    package struct Part: Hashable {
        let digest: String
        let platform: Platform?
    }
    /// `bytes`: the size of all layers, compressed.
    case image(config: String, layers: [String], bytes: Int)
    case index([Part])

    /// All accepted media types. Without them a registry answers "unknown", or converts the
    /// manifest, which changes its digest.
    package static let types = [
        "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ]

    /// `nil` if it is neither an image nor an index.
    init?(_ bytes: [UInt8]) {
        guard let json = try? JSONValue(parsing: bytes) else { return nil }
        if let manifests = json["manifests"]?.array {
            self = .index(
                manifests.compactMap { part in
                    guard let digest = part["digest"]?.string else { return nil }
                    let system = part["platform"]?["os"]?.string ?? ""
                    let processor = part["platform"]?["architecture"]?.string ?? ""
                    return Part(digest: digest, platform: Platform("\(system)/\(processor)"))
                })
            return
        }
        guard let config = json["config"]?["digest"]?.string else { return nil }
        // The registry does not keep a foreign layer (`urls`).
        let layers = (json["layers"]?.array ?? []).filter { $0["urls"] == nil }
        self = .image(
            config: config, layers: layers.compactMap { $0["digest"]?.string },
            bytes: layers.reduce(0) { $0 + ($1["size"]?.integer ?? 0) })
    }
}
