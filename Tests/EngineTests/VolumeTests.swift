import CommandEngine
import CommandPorts
import Ledger
import Support
import Testing
@testable import Commands

/// What a container keeps and needs on its hosts, and what follows from it for a plan.
struct VolumeTests {
    // MARK: Read from options

    @Test func optionsSayWhatIsMounted() {
        let needs = HostNeeds(options: [
            "--volume", "web-data:/data", "-v", "/srv/models:/models:ro,z", "-vcache:/cache",
            "--mount", "type=volume,source=static,target=/app/static",
            "--mount=type=bind,src=/srv/certs,dst=/certs,readonly", "--mount",
            "type=tmpfs,target=/t",
            "--volume=/var/run/docker.sock:/var/run/docker.sock", "-v", "/only/inside",
            "--env-file", "/srv/web.env", "--secret", "db,type=env", "-p", "80:80",
        ])
        #expect(needs.persistent.map(\.name) == ["web-data", "cache", "static"])
        #expect(
            needs.volumes.filter { $0.readOnly == true }.map(\.target) == ["/models", "/certs"])
        #expect(needs.files == ["/srv/web.env"] && needs.secrets == ["db"])
        #expect(needs.asked == ["file /srv/web.env", "secret db"])
    }

    // MARK: Read from compose files

    private func needs(
        _ text: String, program: Container.Compose.Program = .docker, known: Set<String> = []
    ) -> HostNeeds {
        let compose = Container.Compose(
            file: "compose.yaml", project: "shop", services: ["web"], directory: "/srv/shop",
            program: program)
        return HostNeeds(compose, text, known: known)
    }

    @Test func composeFilesSayWhatIsMounted() {
        let needs = needs(
            """
            services:
              web:
                image: web
                env_file:
                  - web.env
                  - {path: extra.env, required: false}
                secrets: [db]
                volumes:
                  - data:/app/data
                  - ours:/app/ours
                  - named:/app/named
                  - ./static:/app/static
                  - ${DATA_DIR}/db:/app/db
                  - {type: bind, source: "${DATA_DIR}", target: /app/all}
                  - ./nginx.conf:/etc/nginx.conf:ro
              other:
                image: other
                volumes: [secret:/secret]
            volumes:
              data:
              ours: {external: true}
              named: {name: the-name}
              secret:
            secrets:
              db: {file: ./db.secret}
            """)
        #expect(
            needs.persistent.map(\.name)
                == ["shop_data", "ours", "the-name", "/srv/shop/static"])
        // Where a variable leads is known on the host alone; what gives it must be there.
        #expect(
            needs.files == ["/srv/shop/web.env", "/srv/shop/db.secret", "/srv/shop/.env"])
    }

    /// The image is pinned by its digest: the name's variables need no file.
    @Test(arguments: [
        ("image: web:${TAG}", false), ("image: web:${TAG:?is not set}", true),
        ("image: web:${TAG:-none}", false), ("command: run --port $PORT", true),
        ("command: run --price $$PORT", false), ("command: run ${LEDGER_TAG}", false),
        ("# command: run $PORT", false), ("command: run ${KNOWN}", false),
        ("command: run ${PORT:?}", true), ("command: run ${PORT-80}", false),
    ])
    func variablesThatNobodyGivesWantTheirFile(line: String, isWanted: Bool) {
        let needs = needs("services:\n  web:\n    \(line)\n", known: ["KNOWN"])
        #expect(needs.files == (isWanted ? ["/srv/shop/.env"] : []))
    }

    // MARK: Plans

    private func parts(
        _ next: [String], present: [String]?, hosts: [HostName] = [Sample.host]
    ) throws -> MoveParts {
        func bundle(_ number: Int, _ volumes: [String]) -> Bundle {
            var bundle = Sample.bundle(Sample.release(number))
            bundle.needs = HostNeeds(
                volumes: volumes.map { HostNeeds.Volume(name: $0, target: "/app/\($0)") })
            bundle.hosts = hosts
            return bundle
        }
        let target = bundle(2, next)
        let before = present.map { bundle(1, $0) }
        return MoveParts(
            bundle: target, bundleHash: try target.content().hash, present: before,
            presentHash: try before?.content().hash)
    }

    private func plan(
        _ next: [String], present: [String]?, without: [String] = [], reason: String? = nil
    ) async throws -> Plan {
        let given = try await Given([Sample.deployed(Sample.release(1))])
        var request = PlanRequest(kind: .deploy)
        request.without = without
        request.reason = reason
        return try Plan.make(
            request, in: given.view, place: Playbook.Environment(),
            parts: [parts(next, present: present)],
            by: Author(name: "alice"), now: Fixed.start)
    }

    @Test func nothingStartsWithoutTheVolumesOfWhatRuns() async throws {
        let refusal = await #expect(throws: Refusal.self) {
            _ = try await plan(["cache"], present: ["data", "cache"])
        }
        #expect(refusal?.reason == .volumes)
        #expect(refusal?.message == "web v0.2.0 would start without the volume data")
        #expect(refusal?.cause?.contains("/app/data") == true)
    }

    @Test func aVolumeIsLeftByNameAndWithAReason() async throws {
        let refusal = await #expect(throws: Refusal.self) {
            _ = try await plan([], present: ["data"], without: ["data"])
        }
        #expect(refusal?.reason == .volumes)
        let made = try await plan([], present: ["data"], without: ["data"], reason: "moved")
        #expect(made.moves.count == 1)
        await #expect(throws: Refusal.self) {
            _ = try await plan([], present: ["data"], without: ["other"], reason: "moved")
        }
    }

    @Test func moreVolumesAreNoLoss() async throws {
        let made = try await plan(["data", "more"], present: ["data"])
        #expect(made.moves.first?.kept == Plan.Kept(volumes: ["data"], hosts: [Sample.host]))
        // What was never deployed by `ledger` has no volumes that are known.
        #expect(try await plan(["data"], present: nil).moves.first?.kept == nil)
    }

    private func report(_ lines: String) -> HostReport {
        HostReport(Sample.host, Sample.web, lines)
    }

    @Test func aVolumeThatWouldBeginEmptyIsRefused() async throws {
        let move = try #require(try await plan(["data"], present: ["data"]).moves.first)
        let refusal = #expect(throws: Refusal.self) {
            try HostNeedsCheck.refuseMissing(report("volume data\n"), move)
        }
        #expect(refusal?.reason == .volumes && refusal?.cause?.contains("would be empty") == true)
        try HostNeedsCheck.refuseMissing(report("volume data /somewhere\n"), move)
        // A new one may begin empty.
        let first = try #require(try await plan(["more"], present: []).moves.first)
        try HostNeedsCheck.refuseMissing(report("volume more\n"), first)
    }

    @Test(arguments: ["missing file /srv/shop/.env\n", "missing secret db\n"])
    func whatAHostLacksIsNamed(line: String) async throws {
        let move = try #require(try await plan(["data"], present: ["data"]).moves.first)
        let refusal = #expect(throws: Refusal.self) {
            try HostNeedsCheck.refuseMissing(report("volume data /x\n" + line), move)
        }
        #expect(refusal?.reason == .notPossible)
        #expect(refusal?.cause?.contains(line.trimmingPrefix("missing ").dropLast()) == true)
    }
}
