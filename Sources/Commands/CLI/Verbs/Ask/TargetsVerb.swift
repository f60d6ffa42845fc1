internal import ArgumentParser
internal import CommandEngine
internal import Commands
internal import Ledger
internal import Projections

/// `ledger targets`
struct TargetsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "targets",
        abstract: "Show which releases an environment can be reverted to, and why not",
        discussion: """
            What the ledger knows, and what was last seen. --check looks at every host and at the registry, \
            and records what it found.

            Example: ledger targets -e production
            Example: ledger targets -e production --check
            """)
    @OptionGroup var environment: EnvironmentOption
    @Flag(help: "Look at hosts and registry now, and record it.")
    var check = false
    @OptionGroup var at: AtOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if check, at.at != nil {
            throw ValidationError("--check looks at what is so now, not --at")
        }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        if check { try await wiring.recording { try await look($0, wiring) } }
        return try await wiring.asking { projector in
            let name = try await wiring.environment(environment.environment, projector)
            let sequence = try await wiring.sequence(at.at, in: name, projector)
            let reports = try await RollbackTargets(projector).all(in: name, at: sequence)
            return Answer.list(
                [
                    "service", "release", "revertable", "why not", "hosts", "rehearsed", "deploy",
                    "time",
                ], reports.map { row($0, name) }, json: .array(reports.map { json($0, name) }),
                ifEmpty: "Nothing ever ran in \(name).")
        }
    }

    private func look(_ recorder: Recorder, _ wiring: Wiring) async throws {
        let name = try wiring.playbook().environment(named: environment.environment)
        let reports = try await RollbackTargets(recorder.projector).all(in: name)
        let place = try wiring.playbook().environments[name] ?? Playbook.Environment()
        let look = TargetInspection(
            preflight: try wiring.preflight(recorder.secretFilter),
            registries: try wiring.registries())
        // What runs is asked too: nobody is told that a release runs because it once did.
        let view = try await recorder.projector.environment(name)
        let running = try await wiring.inspection(recorder).look(
            at: view.services.map(\.service), in: view)
        _ = try await recorder.record(running.map { Fact(.hostObserved($0)) })
        let found = try await look.look(at: reports, in: name, place)
        _ = try await recorder.record(found.map { Fact(.targetChecked($0)) })
    }

    private func row(_ report: RollbackTarget, _ name: EnvironmentName) -> [String] {
        let past = report.past
        let hosts = report.looks.map { "\($0.host?.rawValue ?? ""): \($0.detail ?? "")" }
        let drill = report.drill.map { drill in
            let seconds = drill.milliseconds.map { " in \(Double($0 / 100) / 10) s" } ?? ""
            return (drill.succeeded ? "went\(seconds)" : "FAILED")
                + ", \(drill.environment) \(drill.time)"
        }
        return [
            past.release.service.rawValue, past.release.title, report.why == nil ? "yes" : "no",
            report.why ?? "", hosts.joined(separator: "; "), drill ?? "",
            "\(name)#\(past.number)", past.time.description,
        ]
    }

    private func json(_ report: RollbackTarget, _ name: EnvironmentName) -> JSONValue {
        let past = report.past
        var members: [String: JSONValue] = [
            "service": .string(past.release.service.rawValue),
            "release": .string(past.release.title), "revertable": .bool(report.why == nil),
            "why": .string(report.why ?? ""), "deploy": .string("\(name)#\(past.number)"),
            "hosts": .array(report.looks.map(json)),
        ]
        members["digest"] = past.release.digest.map { .string($0.rawValue) }
        members["rehearsed"] = report.drill.map(json)
        return .object(members)
    }

    private func json(_ finding: RollbackTarget.Finding) -> JSONValue {
        var members: [String: JSONValue] = [
            "environment": .string(finding.environment.rawValue), "ok": .bool(finding.succeeded),
            "time": .string(finding.time.description),
        ]
        members["host"] = finding.host.map { .string($0.rawValue) }
        members["detail"] = finding.detail.map { .string($0) }
        members["milliseconds"] = finding.milliseconds.map { JSONValue($0) }
        return .object(members)
    }
}
