import Foundation
import Ledger
import Support
import Testing

extension RigTests {
    /// What a registry and an Alertmanager deliver, as they do it.
    @Suite struct SenderTests {
        private let fleet: Fleet
        private let folder: String

        init() throws {
            fleet = try Fleet(proxy: false)
            folder = fleet.sandbox.path("delivered")
            try fleet.rig("start_receiver \(folder)")
        }

        /// Waits until a command line succeeds.
        private func untilTrue(_ line: String, at place: SourceLocation = #_sourceLocation) throws {
            let said = try fleet.run(
                "for i in $(seq 200); do \(line) && exit 0; sleep 0.1; done; cat delivered/*.http; exit 1"
            )
            #expect(said.code == 0, "\(line)\n\(said.text)", sourceLocation: place)
        }

        /// How many entries of a kind have come in.
        private func count(_ kind: String) throws -> Int {
            try fleet.run("ledger log --kind \(kind) -o jsonl").text.split(separator: "\n").count
        }

        /// Layers, configuration and manifest are told, and the manifest once more when it is
        /// pulled: only the manifest that was pushed under a tag is an image tag.
        @Test func aRegistryTellsOfTags() throws {
            defer { try? fleet.rig("stop_receiver") }
            let told = try count("image.tagged")
            try fleet.rig("start_registry telling")
            defer { try? fleet.rig("stop_registry telling") }
            let (from, to) = ("198.18.0.1:5000/shop/web", "198.18.0.1:5002/shop/api")
            // docker's media types; from podman the ones of OCI, and a second tag of one image.
            try fleet.rig(
                """
                on s1 'docker pull -q \(from):v1; docker tag \(from):v1 \(to):v1; docker push -q \(to):v1
                    docker push -q \(to):v1; docker pull -q \(to):v1'
                """)
            let push = "podman push -q --tls-verify=false --format oci \(from):v2 \(to)"
            try fleet.rig("on root@s2 'podman pull -q \(from):v2; \(push):v2; \(push):stable'")
            try untilTrue(#"grep -q '"tag": *"stable"' delivered/*.http"#)
            try fleet.expect(
                """
                url=http://198.18.0.1:5002/v2/shop/api/manifests
                kind='Accept: application/vnd.oci.image.manifest.v1+json'
                digest=$(curl -sIH "$kind" $url/v2 | tr -d '\\r' | sed -n 's/^Docker-Content-Digest: //p')
                curl --silent --fail --request DELETE $url/$digest
                """)
            try untilTrue(#"grep -q '"action": *"delete"' delivered/*.http"#)
            let said = try fleet.expect("ledger import registry delivered")
            #expect(try count("image.tagged") == told + 4, "\(said)")
            // The same image pushed to the same tag again is told again.
            for (tag, times) in [("v1", 2), ("v2", 1), ("stable", 1)] {
                let lines = try fleet.run(
                    "ledger log --kind image.tagged --service api --tag \(tag) -o jsonl"
                ).text.split(separator: "\n")
                #expect(lines.count == times, "\(tag): \(lines)")
            }
            #expect(
                try fleet.expect("ledger import registry delivered").contains("0 new facts"))
        }

        /// A group goes on firing when one of its alerts has ended, and is repeated meanwhile.
        @Test func anAlertmanagerTellsOfEachAlert() throws {
            defer { try? fleet.rig("stop_receiver") }
            try fleet.rig("start_alertmanager")
            defer { try? fleet.rig("stop_alertmanager") }
            func alert(_ server: String, ends: String = "") throws {
                let labels =
                    #"{"alertname":"ErrorsHigh","environment":"production","service":"web","server":"\#(server)","severity":"page"}"#
                let body =
                    #"[{"labels":\#(labels),"annotations":{"summary":"v2 fails on \#(server)"}\#(ends)}]"#
                try fleet.sandbox.write("alert.json", body)
                try fleet.expect(
                    "curl --silent --fail --json @alert.json http://198.18.0.1:9093/api/v2/alerts")
            }
            try alert("s1")
            try alert("s2")
            // Answered 503 and sent again, and repeated after three seconds.
            try untilTrue(#"[ $(grep -l '"server":"s2"' delivered/*.http | wc -l) -ge 3 ]"#)
            try fleet.expect("ledger import alertmanager delivered")
            #expect(try count("incident.opened") == 2)
            #expect(try count("incident.resolved") == 0)
            let now = Date.now.formatted(.iso8601)
            try alert("s1", ends: #","endsAt":"\#(now)""#)
            let mixed =
                #"grep -l '"receiver":"ledger","status":"firing"' delivered/*.http | xargs grep -q '"status":"resolved","labels"'"#
            try untilTrue(mixed)
            try fleet.expect("ledger import alertmanager delivered")
            #expect(try count("incident.opened") == 2)
            #expect(try count("incident.resolved") == 1)
            try alert("s2", ends: #","endsAt":"\#(now)""#)
            try untilTrue(
                #"grep -q '"receiver":"ledger","status":"resolved"' delivered/*.http"#)
            try fleet.expect("ledger import alertmanager delivered")
            #expect(try count("incident.resolved") == 2)
            let log = try fleet.expect(
                "ledger log --kind incident.opened --service web -e production")
            #expect(log.contains("ErrorsHigh"), "\(log)")
            #expect(
                try fleet.expect("ledger import alertmanager delivered").contains("0 new facts")
            )
        }
    }
}
