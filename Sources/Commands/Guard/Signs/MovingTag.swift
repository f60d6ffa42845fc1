internal import LedgerText

/// Tells names of images that mean another image tomorrow.
enum MovingTag {
    private static let moving: Set<String> = [
        "latest", "main", "master", "edge", "nightly", "dev", "develop", "stable", "head", "canary",
        "rolling", "testing", "unstable", "current", "snapshot", "beta", "release", "lts",
        "mainline", "production", "prod", "staging", "devel", "next", "trunk", "tip", "preview",
        "sid",
    ]
    /// What an image is made of, which says nothing of its version: a tag of these alone moves.
    private static let variants: Set<String> = [
        "alpine", "slim", "dind", "rootless", "fpm", "apache", "cpu", "gpu", "cuda", "full", "lite",
        "minimal", "headless", "standalone", "nonroot", "debug", "jre", "jdk",
    ]

    /// Distributions, by their names and the names of their versions: as the tag of anything else
    /// they say what it is built on, and not which version it is.
    private static let distributions: Set<String> = [
        "alpine", "debian", "ubuntu", "fedora", "centos", "rocky", "rockylinux", "almalinux", "ubi",
        "bookworm", "bullseye", "buster", "stretch", "jessie", "trixie", "forky", "noble", "jammy",
        "focal", "bionic", "xenial",
    ]

    private static func isVariant(_ word: String, of image: Substring) -> Bool {
        if variants.contains(word) { return true }
        // Of a distribution itself they are the version.
        let name = String(image.parts(separator: ":").first ?? "")
        if distributions.contains(name) { return false }
        let letters = word.utf8.prefix { !(48...57).contains($0) }
        let rest = word.utf8.dropFirst(letters.count)
        return distributions.contains(String(Substring(letters)))
            && rest.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
    }

    /// What is wrong with an image's name; `nil` if it stays the same, or nobody knows it.
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

    /// Whether a word of a tag names one moment or one state: a version, a date, a commit.
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
