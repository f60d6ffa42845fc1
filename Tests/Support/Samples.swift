public import CommandEngine
import CommandPorts
internal import CommandSecrets
public import Ledger
public import Projections

/// Small values for tests.
public enum Sample {
    public static let production = EnvironmentName(unchecked: "production")
    public static let web = ServiceName(unchecked: "web")
    public static let host = HostName(unchecked: "localhost")

    public static func digest(_ byte: Int) -> ImageDigest {
        ImageDigest(unchecked: "sha256:" + String(repeating: hex(byte), count: 32))
    }
    public static func revision(_ byte: Int) -> Revision {
        Revision(unchecked: String(repeating: hex(byte), count: 20))
    }
    private static func hex(_ byte: Int) -> String {
        let digits = String(byte % 256, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }

    /// The release of `web` with this number: v0.n.0.
    public static func release(_ number: Int, of service: ServiceName = web) -> Release {
        Release(
            service: service, tag: ReleaseTag(unchecked: "v0.\(number).0"),
            digest: digest(number), revision: revision(number))
    }

    /// A draft that says little.
    public static func draft(
        _ number: Int, kind: EventKind = .noteAdded, subject: Subject = Subject(),
        payload: String = #"{"text":"hello"}"#, source: Source? = nil
    ) -> Draft {
        let time = Fixed.start.adding(seconds: Double(number))
        return Draft(
            id: EntryID(time: time, random: (UInt64(number), UInt64(number) << 8)),
            kind: kind.rawValue, subject: subject, payload: payload, time: time, recorded: time,
            by: Author(name: "alice"), source: source,
            salt: .bits(UInt64(number), UInt64(number) << 9))
    }

    /// A draft that says that v`number` of `web` was deployed to production.
    public static func deployDraft(_ number: Int) -> Draft {
        draft(
            number, kind: .deployFinished,
            subject: Subject(
                environment: production, service: web, tag: ReleaseTag(unchecked: "v\(number)")),
            payload: "{}")
    }

    /// The fact that a release was deployed and seen running (or not).
    public static func deployed(
        _ release: Release, in environment: EnvironmentName = production, verified: Bool = true,
        revert: Bool = false
    ) -> Fact {
        let done = RunFinished(
            environment: environment, service: release.service, tag: release.tag,
            digest: release.digest, revision: release.revision, verified: verified)
        return Fact(revert ? .reverted(done) : .deployed(done))
    }

    /// The fact that an image got its tag.
    public static func tagged(_ release: Release) -> Fact {
        Fact(
            .imageTagged(
                ImageTagging(
                    service: release.service, tag: release.tag ?? ReleaseTag(unchecked: "none"),
                    digest: release.digest ?? digest(0), revision: release.revision)))
    }
}

extension Recorder {
    /// Records facts as a run of the ledger's own tells them: under the id of its plan, and so with
    /// what it says that it has seen.
    public func tell(_ facts: [Fact]) async throws {
        for fact in facts {
            let draft = try Draft(
                kind: fact.kind, fields: fact.fields, id: surroundings.newID(),
                time: fact.time ?? surroundings.now(), recorded: surroundings.now(),
                by: fact.by ?? surroundings.author, correlation: surroundings.newID(),
                source: fact.source, salt: surroundings.newSalt())
            _ = try await store.append(
                [draft],
                to: draft.subject.environment.map(StreamName.environment) ?? .general,
                expecting: .any)
        }
    }
}

/// A recorder over a memory store, with fixed surroundings.
public func memoryRecorder(by author: String = "alice") -> Recorder {
    Recorder(
        store: MemoryStore(views: StoredViews.all), surroundings: Fixed.surroundings(by: author),
        secretFilter: SecretFilter(variables: [:], secrets: []))
}
