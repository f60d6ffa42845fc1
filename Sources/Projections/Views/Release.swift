public import Ledger
internal import LedgerText

/// What a tag names for one service: a revision and its image digest.
public struct Release: Hashable, Sendable, Codable {
    public var service: ServiceName
    public var tag: ReleaseTag?
    public var digest: ImageDigest?
    public var revision: Revision?

    public init(
        service: ServiceName, tag: ReleaseTag? = nil, digest: ImageDigest? = nil,
        revision: Revision? = nil
    ) {
        self.service = service
        self.tag = tag
        self.digest = digest
        self.revision = revision
    }

    /// The release that a subject names; `nil` without a service or anything that names one.
    public init?(_ subject: Subject) {
        guard let service = subject.service,
            subject.tag != nil || subject.digest != nil || subject.revision != nil
        else { return nil }
        self.init(
            service: service, tag: subject.tag, digest: subject.digest, revision: subject.revision)
    }

    /// Whether a text names it: its tag, or the first digits of its digest or revision.
    public func isCalled(_ text: String) -> Bool {
        if tag?.rawValue == text || title == text { return true }
        let digits = text.begins(with: "sha256:") ? String(text.dropFirst(7)) : text
        return digits.utf8.count >= Limits.shortest
            && (digest?.rawValue.begins(with: "sha256:" + digits) ?? false
                || revision?.rawValue.begins(with: text) ?? false)
    }

    /// The display name: its tag, or a prefix of its digest or revision.
    public var title: String {
        tag?.rawValue ?? digest.map { String($0.rawValue.prefix(19)) } ?? revision?.short
            ?? "nothing"
    }

    /// Whether both are the same code: by digest where both have one, else by revision, else by
    /// tag.
    public func runsTheSame(as other: Release) -> Bool {
        guard service == other.service else { return false }
        if let digest, let theirs = other.digest { return digest == theirs }
        if let revision, let theirs = other.revision { return revision.agrees(with: theirs) }
        return tag != nil && tag == other.tag
    }

    /// Whether both are known to be different code: they have comparable identifiers, and these
    /// differ.
    public func differs(from other: Release) -> Bool {
        let canBeCompared =
            digest != nil && other.digest != nil || revision != nil && other.revision != nil
            || tag != nil && other.tag != nil
        return service != other.service || canBeCompared && !runsTheSame(as: other)
    }
}

extension Revision {
    /// Whether one is a prefix of the other (both have at least 7 digits).
    public func agrees(with other: Revision) -> Bool {
        rawValue.begins(with: other.rawValue) || other.rawValue.begins(with: rawValue)
    }
}
