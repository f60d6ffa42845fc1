import Foundation
import Support
import Testing

extension RigTests {
    /// Servers, networks and images that fail. Whatever happens: exit 0 only when what the ledger
    /// says is what runs.
    @Suite struct BadDayTests {
        private func running(web: String = Fleet.docker) throws -> Fleet {
            let fleet = try Fleet(web: web, proxy: false)
            try fleet.expect("ledger deploy v1 --yes")
            return fleet
        }

        /// A deploy that is in the middle of a slow step on s1; what it says goes to `out`.
        private func inTheMiddle(_ step: String) throws -> (Fleet, Process) {
            let slow = "\n    deploy: [{name: slow, on: host, run: \(step)}]"
            let fleet = try running(web: Fleet.docker + slow)
            let deploy = try fleet.begin("ledger deploy v2 --yes > out 2>&1")
            try fleet.expect(
                "for i in $(seq 100); do grep -q 'slow …' out && break; sleep 0.1; done; sleep 1")
            return (fleet, deploy)
        }

        @Test func aWrongHostKeyIsRefused() throws {
            let fleet = try running()
            let config = fleet.sandbox.read("ssh_config")
            let known = try String(contentsOfFile: "\(fleet.rig)/known_hosts", encoding: .utf8)
            let lines = known.split(separator: "\n")
            let swapped = zip(lines, lines.reversed()).map { host, other in
                "\(host.split(separator: " ")[0]) \(other.split(separator: " ").dropFirst().joined(separator: " "))"
            }
            try fleet.sandbox.write("known_hosts", swapped.joined(separator: "\n") + "\n")
            try fleet.sandbox.write(
                "ssh_config",
                config.replacing(
                    "\(fleet.rig)/known_hosts", with: fleet.sandbox.path("known_hosts")
                )
                .replacing(
                    "IdentitiesOnly yes", with: "IdentitiesOnly yes\n  StrictHostKeyChecking no"))
            let said = try fleet.run(
                "rm -rf $TMPDIR/there; mkdir $TMPDIR/there; TMPDIR=$TMPDIR/there ledger deploy v2 --yes"
            )
            #expect(said.code == 3 && said.text.contains("ost key"), "\(said.text)")
            #expect(try fleet.served() == ["v1", "v1"])
            #expect(try fleet.status() == "v1 verified")
        }

        @Test func aHostThatIsDownBeforehandIsRefused() throws {
            let fleet = try running()
            try fleet.rig("cut_power s2")
            let said = try fleet.run("ledger deploy v2 --yes")
            #expect(said.code == 3 && said.text.contains("s2 is not ready"), "\(said.text)")
            #expect(try fleet.serves("s1") == "v1")
            try fleet.power("s2")
            try fleet.expect("ledger deploy v2 --yes")
            #expect(try fleet.served() == ["v2", "v2"])
        }

        @Test func theImageThatStartsAndDiesOrIsNeverHealthyIsPutBack() throws {
            let fleet = try running()
            for tag in ["v3", "v4"] {
                let said = try fleet.run("ledger deploy \(tag) --revert-on-failure --yes")
                #expect(said.code == 7, "\(said.text)")
                #expect(said.text.contains("The previous release was restored"))
                #expect(try fleet.served() == ["v1", "v1"])
                #expect(try fleet.status() == "v1 verified")
            }
            // Left as it is, the ledger tells where what runs.
            let said = try fleet.run("ledger deploy v4 --yes")
            #expect(said.code == 1 || said.code == 6, "\(said.text)")
            #expect(try fleet.serves("s2") == "v1")
            #expect(try fleet.status() != "v4 verified")
        }

        /// What the ledger does not have is said, and accepted only by name.
        @Test func driftIsShownAndAcceptedByName() throws {
            let fleet = try running()
            let digest = try #require(fleet.digests["v2"])
            try fleet.rig(
                "on s2 'docker rm --force web; docker run --detach --name web --publish 8080:8080 "
                    + "198.18.0.1:5000/shop/web@\(digest)'")
            let said = try fleet.run("ledger deploy v3 --yes")
            #expect(said.code == 3 && said.text.contains("--accept-drift s2"), "\(said.text)")
            // Also when there would be nothing to do.
            let same = try fleet.run("ledger deploy v1 --yes")
            #expect(same.code == 3 && same.text.contains("--accept-drift s2"), "\(same.text)")
            try fleet.expect("ledger deploy v2 --accept-drift s2 --yes")
            #expect(try fleet.served() == ["v2", "v2"])
            #expect(try fleet.status() == "v2 verified")
        }

        /// Healthy, but of another digest: somebody changes it behind the step's back.
        @Test func theWrongDigestIsNeverFinished() throws {
            let fleet = try Fleet(
                web: Fleet.docker + "\n    deploy: [{name: nothing, run: [\"true\"]}]", proxy: false
            )
            try fleet.expect("ledger deploy v1 --yes")
            let digest = try #require(fleet.digests["v1"])
            try fleet.afterReplacing(
                "/usr/bin/ssh -F ssh_config deploy@s1 'docker rm --force web; docker run --detach "
                    + "--name web --publish 8080:8080 198.18.0.1:5000/shop/web@\(digest)'")
            let said = try fleet.run("PATH=\"$PWD/bin:$PATH\" ledger deploy v2 --yes")
            #expect(said.code == 1 && said.text.contains("not v2"), "\(said.text)")
            #expect(try fleet.served() == ["v1", "v1"])
        }

        /// The network is away for a while in the middle of a step: the step goes on, and its
        /// outcome is collected.
        @Test func theNetworkIsCutInTheMiddleOfAStep() throws {
            let (fleet, deploy) = try inTheMiddle("[sleep, \"3\"]")
            try fleet.rig("eval 'ip link set wire-s1 down; sleep 5; ip link set wire-s1 up'")
            deploy.waitUntilExit()
            #expect(deploy.terminationStatus == 0, "\(fleet.sandbox.read("out"))")
            #expect(try fleet.served() == ["v2", "v2"])
        }

        /// The power goes between the start and the look: nobody says that it runs.
        @Test func thePowerIsCutInTheMiddleOfAStep() throws {
            let (fleet, deploy) = try inTheMiddle("[sleep, \"4\"], time-limit: 8s")
            try fleet.rig("cut_power s1")
            deploy.waitUntilExit()
            let said = fleet.sandbox.read("out")
            #expect(deploy.terminationStatus == 1, "\(said)")
            #expect(try fleet.serves("s2") == "v1")
            #expect(try fleet.status() != "v2 verified")
            try fleet.power("s1")
            try fleet.expect("ledger deploy v2 --accept-drift s1 --yes")
            #expect(try fleet.served() == ["v2", "v2"])
        }
    }
}
