internal import Ledger
internal import LedgerText

/// Reads the fields of one delivery by their paths. A missing required field throws an `Unmapped`
/// that names it.
struct DeliveryFields: Sendable {
    let body: JSONValue
    let headers: [String: String]
    let context: DeliveryContext

    init(_ body: JSONValue, _ headers: [String: String], _ context: DeliveryContext) {
        self.body = body
        self.headers = headers
        self.context = context
    }

    /// The fields of a part of the body.
    func part(_ value: JSONValue) -> DeliveryFields { DeliveryFields(value, headers, context) }

    /// The parts of a list; empty if the list is missing.
    func parts(_ path: String) -> [DeliveryFields] { (self[path]?.array ?? []).map(part) }

    /// The value at `pull_request.head.sha`; `nil` if it is missing or null.
    subscript(path: String) -> JSONValue? {
        var value: JSONValue? = body
        for name in path.utf8.split(separator: UInt8(ascii: ".")) {
            value = value?[String(Substring(name))]
        }
        return value == .null ? nil : value
    }

    /// The first text that is present and not empty.
    func text(_ paths: String...) -> String? {
        for path in paths {
            if let text = self[path]?.string, !text.isEmpty { return text }
        }
        return nil
    }

    func number(_ path: String) -> Int? { self[path]?.integer }
    func flag(_ path: String) -> Bool { self[path]?.bool ?? false }
    /// The number of items in a list; `nil` if it is empty or not a list.
    func count(_ path: String) -> Int? { self[path]?.array.flatMap { $0.isEmpty ? nil : $0.count } }

    /// A number or a text, as a text.
    func name(_ path: String) -> String? { text(path) ?? number(path).map(String.init) }

    func need<T>(_ path: String, _ value: T?) throws -> T {
        guard let value else { throw Unmapped("\(path) is missing or malformed") }
        return value
    }

    func needText(_ path: String) throws -> String { try need(path, text(path)) }

    func repository(_ path: String = "repository.full_name") throws -> RepositoryName {
        try need(path, text(path).flatMap(RepositoryName.init(rawValue:)))
    }

    /// A commit; `nil` if it is missing or all its digits are zero, as after a deletion.
    func revision(_ paths: String...) -> Revision? {
        for path in paths {
            if let text = text(path), !text.allSatisfy({ $0 == "0" }),
                let revision = Revision(rawValue: text)
            {
                return revision
            }
        }
        return nil
    }

    func needRevision(_ path: String) throws -> Revision { try need(path, revision(path)) }

    /// The service that the repository at a path builds.
    func service(_ path: String = "repository.full_name") throws -> ServiceName {
        try need("a service for \(path)", text(path).flatMap(context.service(of:)))
    }

    /// A time (RFC 3339, the formats that Ruby and Go print, or seconds since 1970). A sender's
    /// clock may be ahead of ours: a future time is replaced by the current time.
    func time(_ paths: String...) -> Timestamp? {
        for path in paths {
            if let seconds = number(path), seconds > 0 {
                return min(Timestamp(seconds: Int64(seconds)), context.now)
            }
            if let time = text(path).flatMap(Self.moment) { return min(time, context.now) }
        }
        return nil
    }

    static func moment(_ text: String) -> Timestamp? {
        if let time = Timestamp(text) {
            return time.seconds(since: Timestamp(seconds: 0)) > 0 ? time : nil
        }
        // 2016-08-12 15:23:28 UTC; 2021-04-28 21:50:00 +0200
        let words = text.parts(separator: " ")
        guard words.count == 3 else { return nil }
        let zone = words[2] == "UTC" ? "Z" : "\(words[2].prefix(3)):\(words[2].suffix(2))"
        return Timestamp("\(words[0])T\(words[1])\(zone)")
    }

    /// Whole seconds between two times; `nil` if either is missing.
    func seconds(_ from: String, _ to: String) -> Int? {
        guard let from = text(from).flatMap(Self.moment), let to = text(to).flatMap(Self.moment)
        else { return nil }
        return max(0, Int(to.seconds(since: from)))
    }

    func author(_ paths: String...) -> Author? {
        for path in paths {
            if let text = text(path) { return .told(text) }
        }
        return nil
    }

    /// The first text that is a digest.
    func digest(_ paths: String...) -> ImageDigest? {
        paths.lazy.compactMap { text($0).flatMap(ImageDigest.init(rawValue:)) }.first
    }

    /// The tag of an image at a path; throws `Unmapped` for the tag of a signature or an
    /// attestation.
    func imageTag(_ path: String) throws -> ReleaseTag? {
        guard let tag = text(path).flatMap(ReleaseTag.init(rawValue:)) else { return nil }
        if tag.isOfAReferrer {
            throw Unmapped("the tag belongs to a signature or an attestation, not to an image")
        }
        return tag
    }

    /// A fact of these fields, under its permanent name. If the sender does not name the author,
    /// the fact has no author; the person who runs the import is not the author.
    func fact(
        _ event: Event, _ sender: Sender, _ id: String, time: Timestamp? = nil, by: Author? = nil
    ) -> Fact {
        Fact(event, time: time, source: Source(name: sender.rawValue, id: id), by: by ?? .unknown)
    }

    /// A tag, if the name looks like a release and not like a branch: `v1.0.0`, `2026.11`.
    static func releaseTag(_ name: String?) -> ReleaseTag? {
        guard let name, name.contains(#/^v?\d+(\.\d+)+/#) else { return nil }
        return ReleaseTag(rawValue: name)
    }
}

/// A moved, new or deleted reference, as most senders report it: its full name and the commits
/// before and after.
struct ReferenceMove {
    var repository: RepositoryName
    /// `refs/heads/main`, `refs/tags/v1.0.0`.
    var reference: String
    var before: Revision?
    /// The number of commits in the push, if the sender reports it.
    var commits: Int?
    var after: Revision?
    /// The commit that an annotated tag points to: `after` is then the tag object itself.
    var commit: Revision?
    var forced = false
    var author: String?
    var message: String?
    /// Distinguishes this move from a later move between the same commits; empty if unknown.
    var moment = ""

    func fact(_ fields: DeliveryFields, _ sender: Sender, time: Timestamp?) throws -> Fact {
        let by = author.map { Author.told($0) }
        let move = moment.isEmpty ? "" : " at \(moment)"
        if reference.begins(with: "refs/tags/") {
            let name = String(reference.dropFirst("refs/tags/".count))
            let tag = try fields.need("a tag in \(reference)", ReleaseTag(rawValue: name))
            guard let after else {
                let change = RefChange(repository: repository, tag: tag, revision: before)
                return fields.fact(
                    .refDeleted(change), sender, "\(repository) tag \(tag) deleted\(move)",
                    time: time, by: by)
            }
            let revision = commit ?? after
            let change = RefChange(
                repository: repository, tag: tag, revision: revision, before: before,
                annotated: commit.map { $0 != after })
            return fields.fact(
                .refCreated(change), sender, "\(repository) tag \(tag) \(revision)\(move)",
                time: time, by: by)
        }
        guard reference.begins(with: "refs/heads/") else {
            throw Unmapped("\(reference) is neither a branch nor a tag")
        }
        let branch = String(reference.dropFirst("refs/heads/".count))
        guard let after else {
            let change = RefChange(repository: repository, branch: branch, revision: before)
            return fields.fact(
                .refDeleted(change), sender, "\(repository) branch \(branch) deleted\(move)",
                time: time, by: by)
        }
        let push = Push(
            repository: repository, branch: branch, revision: after, before: before,
            forced: forced ? true : nil, author: author, message: message, commits: commits)
        let from = before.map { "\($0).." } ?? ""
        return fields.fact(
            .pushed(push), sender, "\(repository) \(branch) \(from)\(after)\(move)", time: time,
            by: by)
    }
}
