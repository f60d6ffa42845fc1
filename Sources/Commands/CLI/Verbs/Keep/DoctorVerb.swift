internal import ArgumentParser
internal import Ledger
internal import LedgerProof
internal import LedgerSQLite
internal import Projections

/// `ledger doctor`
struct DoctorVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at the file, its log, lock, versions, permissions, disk and clock",
        discussion: """
            Says how each stands and what to do; changes nothing. Exit 0: all is well; 2: somebody should look; \
            8: what was written is not safe. What is written in the file \
            `ledger verify` looks at.

            Example: ledger doctor
            """)
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let path = try wiring.database()
        let examination = try SQLiteStore.examine(
            path: path, now: wiring.now, views: StoredViews.all)
        let findings = try await examination.findings + key(wiring) + valueKey(wiring)
        let states = findings.map(\.state)
        let grid = Answer.Grid(
            ["about", "state", "what"], findings.map { [$0.about, $0.state.rawValue, $0.what] })
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

    /// Whether values of settings can be compared; nothing is said where no deploy has made a key.
    private func valueKey(_ wiring: Wiring) -> [Examination.Finding] {
        do {
            guard try wiring.keptValueKey() != nil else { return [] }
            return [.init("value key", .well, "values of settings can be compared")]
        } catch let problem as StoreProblem {
            return [
                .init(
                    "value key", .look,
                    [problem.message, problem.cause ?? ""].joined(separator: ": "),
                    toDo: problem.hint)
            ]
        } catch { return [.init("value key", .look, "\(error)")] }
    }

    /// Whether checkpoints are signed.
    private func key(_ wiring: Wiring) async throws -> [Examination.Finding] {
        do {
            let file = CheckpointKey(besides: try wiring.database())
            let there = try file.read()
            var own = there
            // Where the ledger itself cannot be read, that is said elsewhere.
            do { own = try await wiring.withStore(.reading) { try await wiring.ownKey($0) } } catch
            {}
            if let own {
                try own.check()
                return [.init("key", .well, "\(own.verifier.name) signs what is recorded")]
            }
            let other = there.map { ": \($0.verifier.name) is not its key" } ?? ""
            return [
                .init(
                    "key", .look, "nobody signs what is recorded\(other)",
                    toDo: there == nil
                        ? "put the key back, or make one: ledger key new"
                        : CheckpointKey.advice(file.path))
            ]
        } catch let problem as StoreProblem {
            return [
                .init(
                    "key", .look, [problem.message, problem.cause ?? ""].joined(separator: ": "),
                    toDo: problem.hint)
            ]
        }
    }
}
