internal import ArgumentParser
internal import Ledger
internal import LedgerHome
internal import LedgerProof
internal import Projections

/// `ledger doctor`
struct DoctorVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check the file, its log, lock, versions, permissions, disk and clock",
        discussion: """
            Reports the state of each, and what to do. It changes nothing. Exit code: 0 if all is \
            well, 2 if something needs attention, 8 if recorded entries are at risk. To check the \
            entries themselves, use `ledger verify`.

            Example: ledger doctor
            """)
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let path = try wiring.database()
        let examination = try Stores.examine(path, now: wiring.now)
        let findings = try await examination.findings + key(wiring) + valueKey(wiring)
        let states = findings.map(\.state)
        let grid = Answer.Grid(
            ["about", "state", Column("what", .wraps)],
            findings.map { [Cell($0.about), Cell($0.state.rawValue), Cell($0.what)] })
        let toDo = findings.compactMap { finding in
            finding.toDo.map { Answer.Block.line("\(finding.about): \($0)") }
        }
        let isBad = states.contains(.bad)
        let isWell = !isBad && !states.contains(.look)
        return Answer(
            [.line(path), .grid(grid)] + (toDo.isEmpty ? [] : [.line("What to do:")] + toDo),
            json: .array(
                findings.map { finding in
                    .object([
                        "about": .string(finding.about), "state": .string(finding.state.rawValue),
                        "what": .string(finding.what),
                        "toDo": finding.toDo.map { .string($0) } ?? .null,
                    ])
                }), exit: isWell ? .done : isBad ? .broken : .changes,
            outcome: isWell ? "done" : isBad ? "broken" : "findings",
            reason: isWell ? nil : "doctor")
    }

    /// Whether values of settings can be compared. Empty if no deploy has created a key yet.
    private func valueKey(_ wiring: Wiring) -> [Examination.Finding] {
        do {
            guard try wiring.keptValueKey() != nil else { return [] }
            return [.init("value key", .well, "values of settings can be compared")]
        } catch let problem as StoreProblem {
            return [
                .init(
                    "value key", .look,
                    [problem.message, problem.cause ?? ""].joined(separator: ": "),
                    toDo: problem.hint?.description)
            ]
        } catch { return [.init("value key", .look, "\(error)")] }
    }

    /// Whether checkpoints are signed.
    private func key(_ wiring: Wiring) async throws -> [Examination.Finding] {
        do {
            let file = CheckpointKey(besides: try wiring.database())
            let there = try file.read()
            var own = there
            // Another finding already reports a ledger that cannot be read.
            do { own = try await wiring.withStore(.reading) { try await file.own(of: $0) } } catch {
            }
            if let own {
                try own.check()
                return [.init("key", .well, "\(own.verifier.name) signs the checkpoints")]
            }
            let other = there.map { ": \($0.verifier.name) is not its key" } ?? ""
            return [
                .init(
                    "key", .look, "no key signs the checkpoints\(other)",
                    toDo: there == nil
                        ? "restore the key file, or create a new key: ledger key new"
                        : CheckpointKey.advice(file.path))
            ]
        } catch let problem as StoreProblem {
            return [
                .init(
                    "key", .look, [problem.message, problem.cause ?? ""].joined(separator: ": "),
                    toDo: problem.hint?.description)
            ]
        }
    }
}
