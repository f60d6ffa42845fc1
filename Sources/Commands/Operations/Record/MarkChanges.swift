internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import Ledger
internal import Projections

/// Fence a release and its descendants
///
/// A fenced release cannot be deployed until the fence is lifted. Its descendants cannot be
/// deployed either, unless they contain a commit that --fixed-by names.
public struct RaiseFence: Change {
    public typealias Answer = [EntryAnswer]
    public static var right: Right { .plan }

    /// The release's tag (or revision, or digest).
    public var tag: String
    /// The environment. Default: the only one.
    public var environment: String?
    /// Only this service. Default: all services with the tag.
    public var service: String?
    /// The reason.
    public var reason: String
    /// The commit (or tag) with the fix: releases that contain it are allowed.
    public var fixes: [String]

    public init(
        _ tag: String, environment: String? = nil, service: String? = nil, reason: String,
        fixes: [String] = []
    ) {
        self.tag = tag
        self.environment = environment
        self.service = service
        self.reason = reason
        self.fixes = fixes
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        tag = try members.decode(String.self, forKey: .tag)
        environment = try members.decodeIfPresent(String.self, forKey: .environment)
        service = try members.decodeIfPresent(String.self, forKey: .service)
        reason = try members.decode(String.self, forKey: .reason)
        fixes = try members.decodeIfPresent([String].self, forKey: .fixes) ?? []
    }

    public func answer(at desk: RecordingDesk) async throws -> [EntryAnswer] {
        let name = try await desk.desk.environment(environment)
        let releases = try await desk.desk.releases(tag, of: service, in: name)
        var revisions: [ServiceName: [Revision]] = [:]
        for fix in fixes {
            for release in releases {
                revisions[release.service, default: []].append(
                    try await Self.fix(fix, of: release, name, desk.desk.projector))
            }
        }
        return try await desk.recorder.perform(
            .raiseFence(releases, reason: reason, fixedBy: revisions), in: name
        ).map(EntryAnswer.init)
    }

    /// Finds the commit of a fix by a tag of the service, or by its own digits. Refuses a commit
    /// without a recorded push, and a commit that the release already contains.
    private static func fix(
        _ text: String, of release: Release, _ name: EnvironmentName, _ projector: Projector
    ) async throws -> Revision {
        let named = try await projector.release(text, of: release.service, for: name)?.revision
        guard let short = named ?? Revision(rawValue: text),
            let fix = try await projector.whole(short)
        else {
            throw Refusal(
                .unknownName, "unknown commit \"\(text)\"",
                cause: "no push of it is recorded, or several commits begin with these digits",
                hint: "record it with `ledger import git`, and write its full revision")
        }
        if let bad = release.revision, try await projector.lies(fix, behind: bad) {
            throw Refusal(
                .invalid, "\(fix.short) cannot fix \(release.title)",
                cause: "the release already contains this commit",
                hint: "name the later commit that fixed the fault")
        }
        return fix
    }
}

/// Lift the fence of a release
public struct LiftFence: Change {
    public typealias Answer = [EntryAnswer]
    public static var right: Right { .plan }

    /// The release's tag (or revision, or digest).
    public var tag: String
    /// The environment. Default: the only one.
    public var environment: String?
    /// Only this service. Default: all services with the tag.
    public var service: String?
    /// The reason.
    public var reason: String

    public init(
        _ tag: String, environment: String? = nil, service: String? = nil, reason: String
    ) {
        self.tag = tag
        self.environment = environment
        self.service = service
        self.reason = reason
    }

    public func answer(at desk: RecordingDesk) async throws -> [EntryAnswer] {
        let name = try await desk.desk.environment(environment)
        let service = try await desk.desk.service(service, in: name)
        return try await desk.recorder.perform(
            .liftFence(tag: tag, service: service, reason: reason), in: name
        ).map(EntryAnswer.init)
    }
}

/// Keep a release as a rollback target, safe from cleanup
public struct SetPin: Change {
    public typealias Answer = [EntryAnswer]
    public static var right: Right { .plan }

    /// The release's tag.
    public var tag: String
    /// The environment. Default: the only one.
    public var environment: String?
    /// Only this service. Default: all services with the tag.
    public var service: String?
    /// The reason.
    public var reason: String

    public init(
        _ tag: String, environment: String? = nil, service: String? = nil, reason: String
    ) {
        self.tag = tag
        self.environment = environment
        self.service = service
        self.reason = reason
    }

    public func answer(at desk: RecordingDesk) async throws -> [EntryAnswer] {
        let name = try await desk.desk.environment(environment)
        let releases = try await desk.desk.releases(tag, of: service, in: name)
        return try await desk.recorder.perform(.setPin(releases, reason: reason), in: name)
            .map(EntryAnswer.init)
    }
}

/// Remove the pin of a release
public struct RemovePin: Change {
    public typealias Answer = [EntryAnswer]
    public static var right: Right { .plan }

    /// The release's tag.
    public var tag: String
    /// The environment. Default: the only one.
    public var environment: String?
    /// Only this service. Default: all services with the tag.
    public var service: String?
    /// The reason.
    public var reason: String

    public init(
        _ tag: String, environment: String? = nil, service: String? = nil, reason: String
    ) {
        self.tag = tag
        self.environment = environment
        self.service = service
        self.reason = reason
    }

    public func answer(at desk: RecordingDesk) async throws -> [EntryAnswer] {
        let name = try await desk.desk.environment(environment)
        let service = try await desk.desk.service(service, in: name)
        return try await desk.recorder.perform(
            .removePin(tag: tag, service: service, reason: reason), in: name
        ).map(EntryAnswer.init)
    }
}

extension Desk {
    /// The releases of an environment's services that have a name. Refuses a name that none has.
    func releases(
        _ tag: String, of service: String?, in name: EnvironmentName
    ) async throws -> [Release] {
        var releases: [Release] = []
        for service in try await services(service, in: name) {
            guard let release = try await projector.release(tag, of: service, for: name) else {
                continue
            }
            releases.append(release)
        }
        if releases.isEmpty {
            throw Refusal(
                .unknownName, "no service has a release \(tag)",
                hint: try await projector.hint(for: tag, in: name))
        }
        return releases
    }
}
