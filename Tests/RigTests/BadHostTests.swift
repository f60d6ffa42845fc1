import Foundation
import Support
import Testing

extension RigTests {
    /// Hosts that go away at a bad moment, answer late, or are reached by a detour.
    @Suite struct BadHostTests {
        /// The step is done, the host is gone before anybody looked: that is no release.
        @Test func aHostThatGoesDownAfterItsStepIsUnknown() throws {
            let fleet = try Fleet(proxy: false)
            try fleet.expect("ledger deploy v1 --yes")
            try fleet.afterReplacing("'\(Shared.repository.path)/Tests/Rig/do' cut_power s1")
            let said = try fleet.run("PATH=\"$PWD/bin:$PATH\" ledger deploy v2 --yes")
            try fleet.power("s1")
            #expect(said.code == 1 || said.code == 6, "\(said.text)")
            #expect(said.text.contains("s1"))
            #expect(try fleet.expect("ledger status").contains("\tunknown\t"))
            #expect(try fleet.serves("s2") == "v1")
            try fleet.expect("ledger deploy v2 --accept-drift s1 --yes")
            #expect(try fleet.served() == ["v2", "v2"])
        }

        /// The network goes in the middle of a step, and does not come back.
        @Test func aNetworkThatStaysAwayEndsTheRun() throws {
            let slow =
                "\n    deploy: [{name: slow, on: host, run: [sleep, \"4\"], time-limit: 5s}]"
            let fleet = try Fleet(web: Fleet.docker + slow, proxy: false)
            try fleet.expect("ledger deploy v1 --yes")
            let deploy = try fleet.begin("ledger deploy v2 --yes > out 2>&1")
            try fleet.expect(
                "for i in $(seq 100); do grep -q 'slow …' out && break; sleep 0.1; done; sleep 1")
            try fleet.rig("ip link set wire-s1 down")
            deploy.waitUntilExit()
            try fleet.rig("ip link set wire-s1 up")
            let text = fleet.sandbox.read("out")
            #expect(deploy.terminationStatus == 1 || deploy.terminationStatus == 6, "\(text)")
            #expect(text.contains("has an unknown result"), "\(text)")
            #expect(try fleet.expect("ledger status").contains("\tunknown\t"))
            #expect(try fleet.served() == ["v1", "v1"])
        }

        /// A host that stays with its requests is not touched.
        @Test func aProxyHookThatFailsStopsBeforeTheHostIsTouched() throws {
            let fleet = try Fleet()
            try fleet.expect("ledger deploy v1 --yes")
            try fleet.sandbox.write(
                "scripts/drain", "#!/bin/sh\necho 'the proxy says no' >&2\nexit 1\n",
                executable: true)
            let said = try fleet.run("ledger deploy v2 --yes")
            #expect(said.code == 1 && said.text.contains("the proxy says no"), "\(said.text)")
            #expect(said.text.contains("Still out of service: s1 ("))
            #expect(try fleet.served() == ["v1", "v1"])
            #expect(try fleet.status() == "v1 verified")
        }

        /// What a host's clock says decides nothing.
        @Test func aClockThatIsAnHourOffChangesNothing() throws {
            let fleet = try Fleet(proxy: false)
            try fleet.rig(
                "on root@s2 'printf \"#!/bin/busybox sh\\nexec /bin/busybox date -d @\\$((\\$(/bin/busybox date +%%s) + 3600)) \\\"\\$@\\\"\\n\" > /root/date; chmod 755 /root /root/date; mount --bind /root/date /bin/date'"
            )
            defer { try? fleet.rig("on root@s2 umount /bin/date") }
            let clocks = try fleet.run(
                "ssh -F ssh_config deploy@s2 date +%s; date +%s"
            ).text.split(separator: "\n")
            #expect((Int(clocks[0]) ?? 0) - (Int(clocks[1]) ?? 0) > 3500, "\(clocks)")
            for tag in ["v1", "v2"] { try fleet.expect("ledger deploy \(tag) --yes") }
            try fleet.expect("ledger revert --to v1 --yes")
            #expect(try fleet.status() == "v1 verified")
            #expect(try fleet.served() == ["v1", "v1"])
        }

        /// All that a person's own ssh configuration can do: here a host behind another.
        @Test func aHostBehindAnotherIsReached() throws {
            let fleet = try Fleet(proxy: false)
            let config = fleet.sandbox.read("ssh_config")
            let jump = config.replacing("Host s2\n", with: "Host s2\n  ProxyJump s1\n")
            try fleet.sandbox.write("ssh_config", jump)
            try fleet.sandbox.write(".ssh/config", jump)
            try fleet.expect(
                "rm -rf $TMPDIR/jump; mkdir $TMPDIR/jump; TMPDIR=$TMPDIR/jump ledger deploy v2 --yes"
            )
            #expect(try fleet.served() == ["v2", "v2"])
        }
    }
}
