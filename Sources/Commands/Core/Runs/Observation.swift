package import Ledger
internal import LedgerText
package import Projections

/// What was observed running, if the probe's output could be read.
package struct Observation: Sendable {
    /// The possible matches of each container or process: an image can have several digests.
    let candidates: [[Release]]
    package let detail: String?
    /// Whether the host did not answer at all.
    package var isLost = false

    package init(_ candidates: [[Release]], detail: String? = nil) {
        self.candidates = candidates
        self.detail = detail
    }

    /// The expected release if everything that runs is that release, else the first that differs;
    /// `nil` if nothing was observed.
    package func release(wanted: Release?) -> Release? {
        var found: Release?
        for names in candidates {
            let match = wanted.flatMap { wanted in names.first { $0.runsTheSame(as: wanted) } }
            guard let match else { return names.first }
            found = found ?? match
        }
        return found
    }

    /// What was observed, whatever was expected.
    var release: Release? { release(wanted: nil) }

    /// Parses a probe's output: a digest, else a revision, else a tag; in a JSON answer the named
    /// member. The expected tag is read as a tag, even if it could be a revision (`20261120`).
    package static func read(
        _ output: String, field: String?, service: ServiceName, tags: [ReleaseTag]
    ) -> Observation {
        var text = output.trimmed
        if let field {
            let json = try? JSONValue(parsing: text)
            let value = field.parts(separator: ".").reduce(json) { $0?[String($1)] }
            guard let found = value?.string else {
                return Observation([], detail: "no member \"\(field)\" in: \(text.prefix(200))")
            }
            text = found.trimmed
        }
        let words = text.words.map(String.init)
        if words.count == 1, let tag = tags.first(where: { $0.rawValue == words[0] }) {
            return Observation([[Release(service: service, tag: tag)]])
        }
        let digests = text.parts(separator: "\n").map { line in
            Self.digests(in: line).map { Release(service: service, digest: $0) }
        }.filter { !$0.isEmpty }
        if text.parts(separator: "\n").contains(where: isAmbiguous) {
            return Observation(
                [], detail: "several digests and other words: \(text.prefix(200))")
        }
        if !digests.isEmpty { return Observation(digests) }
        for word in words {
            if let revision = Revision(rawValue: word) {
                return Observation([[Release(service: service, revision: revision)]])
            }
        }
        if words.count == 1, let tag = ReleaseTag(rawValue: words[0]) {
            return Observation([[Release(service: service, tag: tag)]])
        }
        return Observation(
            [],
            detail: words.isEmpty
                ? "the probe printed nothing" : "cannot parse: \(text.prefix(200))")
    }

    /// Whether a line has several digests and other words: one digest may be the previous release.
    private static func isAmbiguous(_ line: Substring) -> Bool {
        Set(digests(in: line)).count > 1 && line.words.contains { !$0.holds("sha256:") }
    }

    /// Every digest in a line, whatever surrounds it: container engines print
    /// `repository@sha256:…`, and a comma after a digest must not hide it.
    private static func digests(in line: Substring) -> [ImageDigest] {
        line.places(of: "sha256:").compactMap { place in
            let hex = line.utf8[place.upperBound...].prefix {
                (48...57).contains($0) || (97...102).contains($0)
            }
            return ImageDigest(rawValue: "sha256:" + String(decoding: hex, as: UTF8.self))
        }
    }
}
