import Foundation
import Support
import Testing

extension RigTests {
    /// What the best tools got wrong, on servers.
    @Suite struct LessonTests {
        private func colour(of host: String, on fleet: Fleet) throws -> String {
            try fleet.expect(
                "ssh -F ssh_config deploy@\(host) docker inspect --format '{{.Config.Env}}' web"
            ).trimmingCharacters(in: .whitespacesAndNewlines)
        }

        private func paint(_ fleet: Fleet, _ old: String, _ new: String) throws {
            try fleet.sandbox.write(
                "ledger.yaml",
                fleet.sandbox.read("ledger.yaml").replacing("COLOUR=\(old)", with: "COLOUR=\(new)"))
        }

        /// The way back brings the settings of then, on every host the same; a dry run touches
        /// nothing; what was left stays out; and the next way back does not lead to it.
        @Test func theWayBackIsTheReleaseOfThenAndNeverFlips() throws {
            let coloured = Fleet.docker.replacing(
                "--publish,", with: "--env, COLOUR=red, --publish,")
            let fleet = try Fleet(web: coloured, proxy: false)
            try fleet.expect("ledger deploy v1 --yes")
            try paint(fleet, "red", "blue")
            try fleet.expect("ledger deploy v2 --yes")
            #expect(try colour(of: "s1", on: fleet).contains("COLOUR=blue"))
            let dry = try fleet.expect("ledger revert --to previous --dry-run", code: 2)
            #expect(!dry.lowercased().contains("success") && !dry.contains("verified"), "\(dry)")
            #expect(try fleet.served() == ["v2", "v2"])
            try fleet.expect("ledger revert --to v9 --yes", code: 3)
            try fleet.expect("ledger revert --to v1 -e prodution --yes", code: 3)
            #expect(try fleet.served() == ["v2", "v2"])
            try fleet.expect("ledger revert --to previous --yes")
            #expect(try fleet.served() == ["v1", "v1"])
            for host in ["s1", "s2"] {
                #expect(try colour(of: host, on: fleet).contains("COLOUR=red"))
            }
            try fleet.expect("ledger revert --to previous --yes", code: 3)
            let kept = try fleet.expect("ledger deploy v2 --yes", code: 3)
            #expect(kept.contains("fenced"), "\(kept)")
            #expect(try fleet.served() == ["v1", "v1"])
            // What failed is in the history too, and is nothing to go back to.
            #expect(try fleet.run("ledger deploy v3 --on-failure back --yes").code == 7)
            #expect(try fleet.served() == ["v1", "v1"])
            #expect(try fleet.expect("ledger log --kind deploy.failed").contains("v3"))
            try fleet.expect("ledger revert --to previous --yes", code: 3)
            #expect(try fleet.status() == "v1 verified")
        }

        /// Approved is one plan, made from one state: if something else runs by then, it is stale.
        @Test func whatWasApprovedIsWhatRuns() throws {
            let fleet = try Fleet(options: "protected: true", proxy: false)
            try fleet.expect("ledger deploy v1 --confirm production")
            let run = try fleet.expect("ledger plan deploy v2 -o json | jq -r .run")
                .trimmingCharacters(in: .whitespacesAndNewlines)
            try fleet.expect("LEDGER_BY=bob ledger approve \(run)")
            try fleet.expect("ledger deploy v1 --again --confirm production")
            let stale = try fleet.run("ledger runs resume \(run)")
            #expect(stale.code == 4 && stale.text.contains("stale"), "\(stale.text)")
            #expect(try fleet.served() == ["v1", "v1"])
        }
    }
}
