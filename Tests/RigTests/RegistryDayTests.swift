import Foundation
import Support
import Testing

extension RigTests {
    /// Registries that are down, or have not what the ledger has.
    @Suite struct RegistryDayTests {
        private func running(_ tags: String...) throws -> Fleet {
            let fleet = try Fleet(proxy: false)
            for tag in tags { try fleet.expect("ledger deploy \(tag) --yes") }
            return fleet
        }

        /// What a host has to pull cannot be had: refused. What it has already needs nobody.
        @Test func theWayBackNeedsNoRegistry() throws {
            let fleet = try running("v1", "v2")
            try fleet.rig("stop_registry")
            let forward = try fleet.run("ledger deploy v3 --yes")
            #expect(forward.code == 3 && forward.text.contains("cannot pull"), "\(forward.text)")
            #expect(forward.text.contains("registry"))
            #expect(try fleet.status() == "v2 verified")
            let back = try fleet.expect("ledger revert --to v1 --yes")
            #expect(back.contains("every host already has it"), "\(back)")
            #expect(try fleet.served() == ["v1", "v1"])
        }

        @Test func anImageThatWasDeletedIsRefused() throws {
            let fleet = try running("v1")
            let digest = try #require(fleet.digests["v2"])
            let kept = fleet.sandbox.path("v2.json")
            try fleet.rig("eval 'manifest v2 > \(kept)'")
            try fleet.rig("delete_manifest \(digest)")
            let said = try fleet.run("ledger deploy v2 --yes")
            try fleet.rig("put_manifest v2 \(kept)")
            #expect(said.code == 3 && said.text.contains("the manifest \(digest) is missing"))
            #expect(said.text.contains("ledger targets -e production"), "\(said.text)")
            #expect(try fleet.served() == ["v1", "v1"])
            try fleet.expect("ledger deploy v2 --yes")
        }

        /// The recorded digest is used, and both are named.
        @Test func aTagThatMovedIsSaid() throws {
            let fleet = try running("v1")
            let (one, two) = (fleet.sandbox.path("v1.json"), fleet.sandbox.path("v2.json"))
            try fleet.rig("eval 'manifest v1 > \(one); manifest v2 > \(two)'")
            try fleet.rig("put_manifest v2 \(one)")
            let said = try fleet.run("ledger deploy v2 --yes")
            try fleet.rig("put_manifest v2 \(two)")
            let digests = fleet.digests
            #expect(said.code == 0, "\(said.text)")
            #expect(
                said.text.contains(
                    "the registry's v2 now names \(digests["v1"] ?? "?"); the recorded "
                        + "\(digests["v2"] ?? "?") is used"), "\(said.text)")
            #expect(try fleet.served() == ["v2", "v2"])
        }

        /// An index is worth what it has for the hosts.
        @Test func anIndexWithoutTheHostsPlatformIsRefused() throws {
            let fleet = try running("v1")
            for (tag, processor) in [("v5", "s390x"), ("v6", "amd64")] {
                try fleet.sandbox.write("make.py", Self.index(processor))
                try fleet.rig("eval 'manifest v2 > \(fleet.sandbox.path("v2.json"))'")
                try fleet.expect("python3 make.py \"$(uname -m)\"")
                try fleet.rig("put_manifest \(tag) \(fleet.sandbox.path("index.json"))")
                try fleet.expect(
                    "ledger record image.tagged --service web --tag \(tag) "
                        + "--digest sha256:$(sha256sum index.json | cut -d ' ' -f 1)")
            }
            let said = try fleet.run("ledger deploy v5 --yes")
            #expect(said.code == 3 && said.text.contains("an image for linux/"), "\(said.text)")
            #expect(try fleet.served() == ["v1", "v1"])
            let good = try fleet.expect("ledger deploy v6 --yes")
            #expect(good.contains("index, manifest, configuration and"), "\(good)")
            #expect(try fleet.served() == ["v2", "v2"])
        }

        /// Makes an index of v2 for a processor; for amd64 it is the machine's own.
        private static func index(_ processor: String) -> String {
            """
            import hashlib, json, sys
            body = open("v2.json", "rb").read()
            own = {"x86_64": "amd64", "aarch64": "arm64"}.get(sys.argv[1], sys.argv[1])
            processor = own if "\(processor)" == "amd64" else "\(processor)"
            part = {"mediaType": json.loads(body)["mediaType"], "size": len(body),
                    "digest": "sha256:" + hashlib.sha256(body).hexdigest(),
                    "platform": {"os": "linux", "architecture": processor}}
            kind = "application/vnd.docker.distribution.manifest.list.v2+json"
            index = {"schemaVersion": 2, "mediaType": kind, "manifests": [part]}
            open("index.json", "w").write(json.dumps(index))
            """
        }

        /// The image carries the last checkpoint: whoever reads its manifest holds it against the
        /// ledger, and finds what was cut off.
        @Test func anImageIsAWitness() throws {
            let fleet = try running("v1")
            try fleet.expect("ledger key > shop.keys && ledger backup before.db")
            try fleet.expect("ledger note 'the last word'")
            try fleet.rig("eval 'manifest v1 > \(fleet.sandbox.path("v1.json"))'")
            try fleet.expect(
                """
                ledger prove --checkpoint > now.checkpoint
                jq --rawfile note now.checkpoint \
                    '.annotations["dev.ledger.checkpoint"] = $note' v1.json > noted.json
                """)
            try fleet.rig("put_manifest noted \(fleet.sandbox.path("noted.json"))")
            try fleet.rig("eval 'manifest noted > \(fleet.sandbox.path("back.json"))'")
            let against = "ledger verify --against back.json --key shop.keys"
            let whole = try fleet.expect(against)
            #expect(whole.contains("back.json covers are unchanged"), "\(whole)")
            let cut = try fleet.expect("\(against) --db before.db", code: 8)
            #expect(cut.contains(" gone: "), "\(cut)")
        }

        /// A registry that wants a password finds it where docker keeps it.
        @Test func aPasswordIsFoundWhereDockerKeepsIt() throws {
            let fleet = try running("v1")
            try fleet.rig("start_registry private")
            defer { try? fleet.rig("stop_registry private") }
            let playbook = fleet.sandbox.read("ledger.yaml").replacing(":5000", with: ":5001")
            try fleet.sandbox.write("ledger.yaml", playbook)
            let stranger = try fleet.run("ledger deploy v2 --dry-run")
            #expect(
                stranger.code == 3 && stranger.text.contains("none is stored for 198.18.0.1:5001"))
            let pair = Data("ci:rigpassword".utf8).base64EncodedString()
            try fleet.sandbox.write(
                ".docker/config.json", #"{"auths":{"198.18.0.1:5001":{"auth":"\#(pair)"}}}"#)
            let said = try fleet.run("ledger deploy v2 --dry-run")
            #expect(said.code == 2 && said.text.contains("layers are present"), "\(said.text)")
        }
    }
}
