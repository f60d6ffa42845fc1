import Foundation
import Support
import Testing

/// What runs workflows of GitHub Actions here.
private enum Act {
    static let program = ProcessInfo.processInfo.environment["LEDGER_ACT"].flatMap {
        $0.isEmpty ? nil : $0
    }
}

/// The pipeline of docs/pipeline.md as it is written there, run by `act`: from a push to a deploy,
/// and back.
@Suite(.enabled(if: Act.program != nil, "act could not be had: see Tests/Rig/act"))
struct PipelineTests {
    private let place: Place

    init() async throws {
        place = try Place(Sandbox())
        #expect(try await place.run("$STORY/pipeline") == [])
    }

    /// Runs a workflow; says how it went if it went otherwise than expected.
    private func pipe(_ words: String, fails: Bool = false) async throws {
        let act = try #require(Act.program)
        let said = try await place.run(
            "export PATH=$PWD/bin:$PATH LEDGER_ACT=\(act); pipe \(words)")
        #expect(said == (fails ? ["[exit 1]"] : []), "\(place.sandbox.read("kept/act.log"))")
    }

    private func ledger(_ words: String) async throws -> [String] {
        try await place.run("ledger \(words) --db kept/ledger.db --playbook ledger.yaml")
    }

    /// What runs in each environment: release and state.
    private func running() async throws -> [String] {
        try await place.run("ledger status --db kept/ledger.db | cut -f 1,3,4")
    }

    private func commit(_ line: String) async throws -> String {
        try #require(
            await place.run("\(line); git add -A; git commit -q -m more; git rev-parse HEAD").first)
    }

    @Test func fromAPushToProductionAndBack() async throws {
        let first = try #require(await place.run("git rev-parse HEAD").first)
        try await pipe("101 cd push refs/heads/main")
        let kinds = try await place.run("ledger log --db kept/ledger.db --reverse | cut -f 3")
        #expect(
            Array(kinds.prefix(5)) == [
                "repo.pushed", "check.finished", "check.finished", "guard.checked", "image.tagged",
            ])
        #expect(kinds.contains("deploy.finished"))
        #expect(try await running() == ["staging\t\(first)\tverified"])
        // Tried again, a job tells nothing new; the deploy looks, and finds nothing to do.
        try await pipe("101 cd push refs/heads/main")
        #expect(
            try await place.run("ledger log --db kept/ledger.db --reverse | cut -f 3")
                == kinds + ["host.observed"])

        #expect(try await place.run("git tag v1.0.0") == [])
        try await pipe("102 cd push refs/tags/v1.0.0")
        #expect(
            try await running() == ["production\tv1.0.0\tverified", "staging\t\(first)\tverified"])

        // A red commit goes nowhere, and main is undeployable.
        let red = try await commit("touch red")
        try await pipe("103 cd push refs/heads/main", fails: true)
        #expect(try await running().last == "staging\t\(first)\tverified")
        #expect(
            try await place.run(
                "ledger status -o json --db kept/ledger.db --playbook ledger.yaml "
                    + "| jq -r '.undeployable[] | .revision, .check'") == [red, "pytest"])

        // Mended, it goes out; and back.
        let third = try await commit("git rm -q red")
        try await pipe("104 cd push refs/heads/main")
        #expect(try await running().last == "staging\t\(third)\tverified")
        try await pipe(
            "105 revert workflow_dispatch refs/heads/main environment=staging to=previous reason=slow"
        )
        #expect(try await running().last == "staging\t\(first)\tverified")
        // What was left is fenced, whoever asks.
        #expect(try await ledger("gate -e staging --tag \(third)").last == "[exit 3]")
    }
}
