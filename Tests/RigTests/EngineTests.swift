import Support
import Testing

extension RigTests {
    /// What starts containers: docker, podman, compose, and one that lies.
    @Suite struct EngineTests {
        private func goesOutAndBack(_ fleet: Fleet) throws {
            try fleet.expect("ledger deploy v1 --yes")
            #expect(try fleet.status() == "v1 verified")
            #expect(try fleet.served() == ["v1", "v1"])
            try fleet.expect("ledger deploy v2 --yes")
            #expect(try fleet.served() == ["v2", "v2"])
            try fleet.expect("ledger revert --to previous --yes")
            #expect(try fleet.status() == "v1 verified")
            #expect(try fleet.served() == ["v1", "v1"])
        }

        @Test func whatAStepPrintsOnAHostIsSeenMeanwhile() throws {
            let step =
                #"[sh, -c, 'echo layer 1; printf half; sleep 2; printf "way\nlayer 2\n"; sleep 2']"#
            let fleet = try Fleet(
                web: Fleet.docker + "\n    deploy: [{name: slow, on: host, run: \(step)}]",
                proxy: false)
            let said = try fleet.run(
                "NO_COLOR=1 TERM=xterm script -qec 'ledger deploy v1 --yes' /dev/null")
            #expect(said.code == 0, "\(said.text)")
            for line in ["s  layer 1", "s  layer 2"] {
                #expect(said.text.contains(line), "\(said.text)")
            }
            #expect(!said.text.contains("s  half"))
            #expect(try fleet.served() == ["v1", "v1"])
        }

        @Test func podmanRunsIt() throws {
            let fleet = try Fleet(
                web: """
                        podman:
                          name: web
                          options: [--publish, "8080:8080", --volume, "web-data:/data"]
                    """, proxy: false, user: "root")
            try goesOutAndBack(fleet)
        }

        private static let compose = """
            services:
              web:
                image: 198.18.0.1:5000/shop/web:${TAG:-none}
                ports: ["8080:8080"]
                volumes: ["web-data:/data"]
              other:
                image: 198.18.0.1:5000/shop/other:latest
            volumes:
              web-data: {name: web-data}

            """

        /// The team's file stays as it is, and the way back uses the one of then.
        @Test func composeRunsItWithTheTeamsOwnFile() throws {
            let fleet = try Fleet(
                web: """
                        compose: {file: compose.yaml, project: shop, services: [web], directory: /srv}
                    """, proxy: false)
            try fleet.sandbox.write("compose.yaml", Self.compose)
            try goesOutAndBack(fleet)
            #expect(fleet.sandbox.read("compose.yaml") == Self.compose)
            // A file that nobody can read any more does not hinder the way back.
            try fleet.sandbox.write("compose.yaml", "services: [")
            let said = try fleet.expect("ledger deploy v2 --again --yes", code: 3)
            #expect(said.contains("compose.yaml"), "\(said)")
            try fleet.expect("ledger fence lift v2 --reason works")
            try fleet.expect("ledger revert --to v2 --yes")
            #expect(try fleet.served() == ["v2", "v2"])
        }

        /// What compose cannot read, it says; nothing was changed.
        @Test func aComposeFileThatIsWrongIsRefusedOrFailsInItsOwnWords() throws {
            let fleet = try Fleet(
                web: """
                        compose: {file: compose.yaml, project: shop, services: [web], directory: /srv}
                    """, proxy: false)
            try fleet.sandbox.write("compose.yaml", Self.compose)
            try fleet.expect("ledger deploy v1 --yes")
            try fleet.sandbox.write("compose.yaml", Self.compose.replacing("web:", with: "api:"))
            #expect(
                try fleet.expect("ledger deploy v2 --yes", code: 3).contains(
                    "compose.yaml has no service"))
            try fleet.sandbox.write(
                "compose.yaml", Self.compose.replacing("${TAG:-none}", with: "${TAG:?is not set}"))
            let unset = try fleet.run("ledger deploy v2 --yes")
            #expect(unset.code == 3 && unset.text.contains("file /srv/.env"), "\(unset.text)")
            try fleet.sandbox.write(
                "compose.yaml", Self.compose.replacing("ports:", with: "prots:"))
            let wrong = try fleet.run("ledger deploy v2 --yes")
            #expect(wrong.code == 1 && wrong.text.contains("prots"), "\(wrong.text)")
            #expect(try fleet.served() == ["v1", "v1"])
        }

        /// Debian's podman-compose exits 0 and leaves the old container running.
        @Test func aToolThatLiesIsNotBelieved() throws {
            let fleet = try Fleet(
                web: """
                        compose: {file: compose.yaml, project: shop, services: [web],
                                  directory: /srv, program: podman-compose}
                    """, proxy: false, user: "root")
            try fleet.sandbox.write("compose.yaml", Self.compose)
            try fleet.expect("ledger deploy v1 --yes")
            #expect(try fleet.served() == ["v1", "v1"])
            let said = try fleet.run("ledger deploy v2 --yes")
            #expect(said.code == 1 && said.text.contains("not v2"), "\(said.text)")
            #expect(try fleet.run("ledger log").text.contains("deploy.failed"))
            #expect(try fleet.served() == ["v1", "v1"])
        }
    }
}
