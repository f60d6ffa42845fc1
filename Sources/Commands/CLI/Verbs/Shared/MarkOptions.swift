internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerOperations
internal import Projections

/// The release of a mark, and the reason.
struct MarkOptions: ParsableArguments {
    @Argument(help: "The release's tag (or revision, or digest).")
    var tag: String
    @OptionGroup var environment: EnvironmentOption
    @Option(help: "Only this service. Default: all services with the tag.")
    var service: String?
    @Option(help: "The reason.")
    var reason: String

    func set(
        _ wiring: Wiring, fixes: [String] = [],
        _ command: ([Release], String, [ServiceName: [Revision]]) -> Command
    ) async throws -> Answer {
        try await wiring.recording { recorder in
            let projector = recorder.projector
            let name = try await wiring.desk(projector).environment(environment.environment)
            let services = try await wiring.desk(projector).services(service, in: name)
            var releases: [Release] = []
            for service in services {
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
            var revisions: [ServiceName: [Revision]] = [:]
            for fix in fixes {
                for release in releases {
                    revisions[release.service, default: []].append(
                        try await Self.fix(fix, of: release, name, projector))
                }
            }
            return Self.answer(
                try await recorder.perform(command(releases, reason, revisions), in: name))
        }
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

    func remove(
        _ wiring: Wiring, _ command: (String, ServiceName?, String) -> Command
    ) async throws -> Answer {
        try await wiring.recording { recorder in
            let name = try await wiring.desk(recorder.projector).environment(
                environment.environment)
            let named = try await wiring.desk(recorder.projector).service(service, in: name)
            return Self.answer(
                try await recorder.perform(command(tag, named, reason), in: name))
        }
    }

    private static func answer(_ entries: [Entry]) -> Answer {
        Answer(
            entries.map { entry in
                let release = Release(entry.subject)
                return .line(
                    "entry \(entry.sequence): \(entry.kind) \(release?.service.rawValue ?? "") "
                        + "\(release?.title ?? "")")
            }, json: .array(entries.map(\.json)))
    }

    static func list(
        _ kind: Mark.Kind, _ name: String?, _ at: String?, _ wiring: Wiring
    ) async throws -> Answer {
        try await wiring.asking { desk in
            let projector = desk.projector
            var names = try await wiring.desk(projector).environments()
            if let name { names = [try await wiring.desk(projector).environment(name)] }
            var rows: [[Cell]] = []
            let sequence = try await wiring.desk(projector).sequence(
                at, in: names.count == 1 ? names[0] : nil)
            for name in names {
                let marks = try await projector.environment(name, at: sequence).marks
                for mark in marks where mark.kind == kind {
                    rows.append(
                        [
                            Cell(name.rawValue), Cell(mark.release?.service.rawValue),
                            Cell(mark.release?.title), Cell(mark.reason), Cell(mark.by),
                            Cell(mark.time), Cell(mark.entry),
                        ]
                            + (kind == .fence
                                ? [Cell(mark.fixes.map(\.short).joined(separator: ", "))] : []))
                }
            }
            let columns: [Column] =
                [
                    "environment", "service", "release", Column("why", .wraps), "by", "since",
                    Column("entry", .leaves(1)),
                ]
                + (kind == .fence ? ["fixed by"] : [])
            let grid = Answer.Grid(columns, rows)
            return Answer.list(
                grid, json: grid.json,
                ifEmpty: "No \(kind.rawValue) is active.")
        }
    }
}
