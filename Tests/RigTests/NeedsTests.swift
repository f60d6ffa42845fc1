import Testing

extension RigTests {
    /// What a release needs on a host beside its image: volumes with their data, files, secrets.
    @Suite struct NeedsTests {
        /// An engine, and who may use it.
        struct Engine: CustomTestStringConvertible, Sendable {
            let name: String
            let user: String
            var testDescription: String { name }

            func web(_ options: String) -> String {
                """
                    \(name):
                      name: web
                      options: [--publish, "8080:8080", \(options)]
                """
            }

            func on(_ host: String, _ words: String) -> String {
                "on \(user == "root" ? "root@" : "")\(host) '\(words)'"
            }
        }

        static let engines = [
            Engine(name: "docker", user: "deploy"), Engine(name: "podman", user: "root"),
        ]

        /// Somebody pruned a host: the next release would begin with an empty volume.
        @Test(arguments: engines) func aLostVolumeIsNotBegunEmpty(_ engine: Engine) throws {
            let fleet = try Fleet(
                web: engine.web(#"--volume, "web-data:/data""#), proxy: false, user: engine.user)
            try fleet.expect("ledger deploy v1 --yes")
            try fleet.rig(
                engine.on("s2", "\(engine.name) rm --force web; \(engine.name) volume rm web-data"))
            let said = try fleet.expect("ledger deploy v2 --accept-drift s2 --yes", code: 3)
            #expect(said.contains("the volume web-data of web is not on s2"), "\(said)")
            #expect(said.contains("v1 has data in it"), "\(said)")
            #expect(try fleet.serves("s1") == "v1")
            try fleet.rig(engine.on("s2", "\(engine.name) volume create web-data"))
            try fleet.expect("ledger deploy v2 --accept-drift s2 --yes")
            #expect(try fleet.served() == ["v2", "v2"])
        }

        /// A file of settings is on one of two hosts: nothing is begun on either.
        @Test(arguments: engines) func aMissingFileIsRefusedBefore(_ engine: Engine) throws {
            let options = #"--volume, "web-data:/data", --env-file, /srv/web.env"#
            let fleet = try Fleet(web: engine.web(options), proxy: false, user: engine.user)
            let write = "umask 077; echo TOKEN=rig > /srv/web.env"
            try fleet.rig(engine.on("s1", write))
            let said = try fleet.expect("ledger deploy v1 --yes", code: 3)
            #expect(said.contains("s2 lacks requirements of web v1"), "\(said)")
            #expect(said.contains("/srv/web.env"), "\(said)")
            #expect(try fleet.serves("s1") == "")
            try fleet.rig(engine.on("s2", write))
            try fleet.expect("ledger deploy v1 --yes")
            for host in ["s1", "s2"] { try fleet.rig(engine.on(host, "rm /srv/web.env")) }
            #expect(try fleet.served() == ["v1", "v1"])
        }

        @Test func aMissingSecretOfTheEngineIsRefusedBefore() throws {
            let engine = Self.engines[1]
            let options = #"--volume, "web-data:/data", --secret, "token,type=env""#
            let fleet = try Fleet(web: engine.web(options), proxy: false, user: engine.user)
            let make = "printf rig-token | podman secret create token -"
            try fleet.rig(engine.on("s1", make))
            let said = try fleet.expect("ledger deploy v1 --yes", code: 3)
            #expect(said.contains("s2 lacks requirements of web v1"), "\(said)")
            #expect(said.contains("podman secret create token"), "\(said)")
            try fleet.rig(engine.on("s2", make))
            try fleet.expect("ledger deploy v1 --yes")
            #expect(try fleet.served() == ["v1", "v1"])
            for host in ["s1", "s2"] {
                try fleet.rig(engine.on(host, "podman rm --force web; podman secret rm token"))
            }
            #expect(!(try fleet.run("cat .ledger/ledger.db").text).contains("rig-token"))
        }
    }
}
