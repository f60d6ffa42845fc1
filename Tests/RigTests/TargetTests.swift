import Foundation
import Support
import Testing

extension RigTests {
    /// The ways back of a fleet, and what has to stay for them.
    @Suite struct TargetTests {
        @Test func waysBackAreLookedAtOnEachHost() throws {
            let fleet = try Fleet(proxy: false)
            for tag in ["v1", "v2"] { try fleet.expect("ledger deploy \(tag) --yes") }
            let (one, two) = (try #require(fleet.digests["v1"]), try #require(fleet.digests["v2"]))
            let good = try fleet.expect("ledger targets --check")
            #expect(good.contains("yes\t\ts1: image present; s2: image present"), "\(good)")
            // Gone from one host, and then from the registry.
            try fleet.rig("on s2 docker image rm 198.18.0.1:5000/shop/web@\(one)")
            let pulled = try fleet.expect("ledger targets --check")
            #expect(pulled.contains("yes\t\ts1: image present; s2: to be pulled"), "\(pulled)")
            let kept = fleet.sandbox.path("v1.json")
            try fleet.rig("eval 'manifest v1 > \(kept)'")
            try fleet.rig("delete_manifest \(one)")
            let gone = try fleet.run("ledger targets --check").text
            let refused = try fleet.run("ledger revert --to v1 --yes")
            try fleet.rig("put_manifest v1 \(kept)")
            #expect(
                gone.contains("no\ts2: ") && gone.contains("is incomplete in the registry"),
                "\(gone)")
            #expect(try fleet.expect("ledger targets") == gone)
            #expect(refused.code == 3, "\(refused.text)")
            // What nobody needs goes; what a way back needs stays.
            let three = try #require(fleet.digests["v3"])
            try fleet.rig("on s1 docker pull --quiet 198.18.0.1:5000/shop/web@\(three)")
            try fleet.expect("ledger deploy v1 --yes")
            let unused = try fleet.expect("ledger retain --unused")
            #expect(
                unused
                    == "ssh -F ssh_config deploy@s1 'docker image rm 198.18.0.1:5000/shop/web@\(three)'\n"
                    + "# s2: nothing to remove\n")
            try fleet.rig("on s1 docker image rm 198.18.0.1:5000/shop/web@\(three)")
            let rest = try fleet.expect("ledger retain")
            #expect(rest.contains("@\(one)\truns now") && rest.contains("@\(two)\tgood release 1"))
            let drill = try fleet.expect("ledger drill --to v2 --yes")
            #expect(drill.contains("Drill succeeded: v2 in"), "\(drill)")
            #expect(try fleet.served() == ["v1", "v1"])
            #expect(try fleet.run("ledger fence list").text == "")
        }

        /// The script that was kept with a deploy goes back over ssh, on a machine without ledger.
        @Test func theScriptNeedsNoLedger() throws {
            let fleet = try Fleet()
            for tag in ["v1", "v2"] { try fleet.expect("ledger deploy \(tag) --yes") }
            let script = ".ledger/scripts/production/web@v1.sh"
            let said = try fleet.expect(
                "PATH=/usr/sbin:/usr/bin:/bin; ! command -v ledger && sh \(script) --yes")
            #expect(said.contains("production runs web v1 (finished)"), "\(said)")
            #expect(try fleet.served() == ["v1", "v1"])
            #expect(try fleet.status() == "v2 verified")
            try fleet.expect("ledger import journal revert-production-web@v1.journal")
            #expect(try fleet.status() == "v1 verified")
            #expect(try fleet.expect("ledger fence list").contains("v2"))
            // It believes only what it sees: nothing it finds is taken for what it wants.
            try fleet.expect(
                "sed 's/^LEDGER_DIGEST=.*/LEDGER_DIGEST=sha256:0/' \(script) > other.sh"
            )
            let other = try fleet.run("LEDGER_JOURNAL=other sh other.sh --yes")
            #expect(other.code == 1 && other.text.contains("The revert failed"), "\(other.text)")
        }

        /// A disk that is full where steps leave their traces: nothing is begun there.
        @Test func aFullDiskOnOneHostIsSaid() throws {
            let fleet = try Fleet(proxy: false)
            try fleet.expect("ledger deploy v1 --yes")
            try fleet.rig(
                "on root@s2 'mount -t tmpfs -o size=4k,mode=777 tmpfs /home/deploy/.local/state/ledger'"
            )
            let said = try fleet.run("ledger deploy v2 --on-failure back --yes")
            try fleet.rig("on root@s2 umount /home/deploy/.local/state/ledger")
            #expect([3, 1, 7].contains(said.code), "\(said.text)")
            #expect(said.text.contains("s2"))
            #expect(try fleet.served() == ["v1", "v1"])
            try fleet.expect("ledger deploy v2 --yes")
            #expect(try fleet.served() == ["v2", "v2"])
        }
    }
}
