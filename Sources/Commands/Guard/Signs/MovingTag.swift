internal import LedgerText

/// Detects image names whose image can change.
enum MovingTag {
    private static let moving: Set<String> = [
        "latest", "main", "master", "edge", "nightly", "dev", "develop", "stable", "head", "canary",
        "rolling", "testing", "unstable", "current", "snapshot", "beta", "release", "lts",
        "mainline", "production", "prod", "staging", "devel", "next", "trunk", "tip", "preview",
        "sid",
    ]
    /// Words for variants of an image, which are not versions: a tag of these words alone moves.
    private static let variants: Set<String> = [
        "alpine", "slim", "dind", "rootless", "fpm", "apache", "cpu", "gpu", "cuda", "full", "lite",
        "minimal", "headless", "standalone", "nonroot", "debug", "jre", "jdk",
    ]

    /// Distributions, by name and release name. In the tag of another image they describe its base,
    /// not its version.
    private static let distributions: Set<String> = [
        "alpine", "debian", "ubuntu", "fedora", "centos", "rocky", "rockylinux", "almalinux", "ubi",
        "bookworm", "bullseye", "buster", "stretch", "jessie", "trixie", "forky", "noble", "jammy",
        "focal", "bionic", "xenial",
    ]

    private static func isVariant(_ word: String, of image: Substring) -> Bool {
        if variants.contains(word) { return true }
        // In a distribution's own tag they are the version.
        let name = String(image.parts(separator: ":").first ?? "")
        if distributions.contains(name) { return false }
        let letters = word.utf8.prefix { !(48...57).contains($0) }
        let rest = word.utf8.dropFirst(letters.count)
        return distributions.contains(String(Substring(letters)))
            && rest.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
    }

    /// The problem with an image's name; `nil` if the name is fixed, or unknown.
    static func problem(of image: String) -> String? {
        guard !image.isEmpty, image != "scratch", !image.holds("@sha256:"),
            image.first != ":", image.last != ":", image.last != "@", !image.holds("/:")
        else { return nil }
        let name = image.parts(separator: "/").last ?? ""
        let parts = name.parts(separator: ":")
        guard parts.count == 2, let tag = parts.last else {
            return "\(image) has no tag, which means latest"
        }
        let words = tag.lowercased().split { "-_".contains($0) }.map(String.init)
        let moves =
            words.contains("latest") || words.allSatisfy { isVariant($0, of: name) }
            || words.contains(where: moving.contains) && !words.contains(where: isFixed)
        return moves ? "\(image): the tag \(tag) moves" : nil
    }

    /// Whether a word of a tag is specific: a version, a date, a commit.
    private static func isFixed(_ word: String) -> Bool {
        let bytes = Array(word.utf8)
        let digits = bytes.count { (48...57).contains($0) }
        let start = bytes.first == UInt8(ascii: "v") ? 1 : 0
        let isVersion = bytes.dropFirst(start).first.map { (48...57).contains($0) } ?? false
        if isVersion, bytes.contains(UInt8(ascii: ".")) || digits >= 4 { return true }
        return bytes.count >= 7 && digits > 0
            && bytes.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
