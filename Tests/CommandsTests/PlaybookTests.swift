import CommandFiles
import Commands
import Ledger
import Support
import Testing

/// The playbook, and what is said of a wrong one.
struct PlaybookTests {
    private let good = """
        ledger: 1
        environments:
          staging: {hosts: [a, b], lease: 10m}
          production: {protected: true, approval: 30m}
        services:
          web:
            deploy:
              - name: switch
                run: [scripts/switch, --now]
                time-limit: 90s
                once: true
                check: [scripts/check]
              - run: [curl]
            revert:
              - run: [scripts/back]
            observe: {http: {staging: "http://127.0.0.1:1/v", production: "https://x/v"}, field: a.b}
            health: {run: [scripts/healthy], successes: 2, every: 500ms, deadline: 1m}
            files: [compose.yaml]
            variables: [PORT]
            secrets: [DB_PASSWORD]
            volumes: [data]
            environments: [staging]
        """

    @Test func aWholePlaybookIsRead() throws {
        let playbook = try Playbook(yaml: good)
        let staging = EnvironmentName(unchecked: "staging")
        #expect(playbook.environments[staging]?.hosts.map(\.rawValue) == ["a", "b"])
        #expect(playbook.environments[staging]?.leaseSeconds == 600)
        #expect(playbook.environments[Sample.production]?.protected == true)
        #expect(playbook.environments[Sample.production]?.approvalSeconds == 1800)
        #expect(playbook.services(in: Sample.production) == [])
        #expect(playbook.services(in: staging) == [Sample.web])
        let web = try #require(playbook.services[Sample.web])
        #expect(
            web.deploy[0]
                == Playbook.Template(
                    name: "switch", run: ["scripts/switch", "--now"], seconds: 90, once: true,
                    check: ["scripts/check"]))
        #expect(web.deploy[1].name == "curl")
        #expect(web.revert?.count == 1)
        #expect(web.observe?.command(in: staging)?.last == "http://127.0.0.1:1/v")
        #expect(web.observe?.command(in: EnvironmentName(unchecked: "moon")) == nil)
        #expect(web.health?.every == 0.5)
    }

    /// What is wrong, where, and the hint.
    @Test(
        arguments: [
            ("", 1, "the file is empty", nil),
            ("a: [1", 1, "", nil),
            ("environments:\n\tx: 1", 2, "", nil),
            (
                "services:\n  web:\n    deplyo: []\n", 3, "unknown key \"deplyo\"",
                "did you mean deploy?"
            ),
            ("services:\n  web: {}\n", 2, "a service requires deploy steps", nil),
            ("services:\n  web: {image: r/w}\n", 2, "an image requires an engine, or steps", nil),
            ("services:\n  web:\n    deploy: []\n", 3, "at least one step", nil),
            (
                "services:\n  web:\n    deploy:\n      - run: rm -rf /\n", 4,
                "a command line must be a list", nil
            ),
            (
                "services:\n  web:\n    deploy:\n      - run: [x]\n        time-limit: 5\n", 5,
                "not a duration", nil
            ),
            (
                "services:\n  web:\n    deploy: [{run: [x]}]\n    observe: {}\n", 4,
                "either run or http", nil
            ),
            (
                "services:\n  web:\n    deploy: [{run: [x]}]\n    observe: {http: ftp://x}\n", 4,
                "not an HTTP address", nil
            ),
            (
                "services:\n  web:\n    deploy: [{run: [x]}]\n    secrets: [\"A=b\"]\n", 4,
                "is not a valid variable name", nil
            ),
            (
                "services:\n  web:\n    deploy: [{run: [x]}]\n    environments: [prod]\n", 4,
                "no environment \"prod\"", nil
            ),
            ("environments:\n  production: {protected: yes}\n", 2, "true or false", nil),
            ("environments:\n  a~b: {}\n", 2, "not an environment name", nil),
            ("environments:\n  x: {hosts: [a, a]}\n", 2, "a host is listed twice", nil),
            ("ledger: 2\n", 1, "version 1", nil),
            ("environments:\n  x: {}\n  x: {}\n", 2, "occurs twice", nil),
            (
                "ledger: 1\nenvironments: {x: {}}\nservices:\n  a:\n    deploy: [{name: s, run: [x]}]\n"
                    + "    health: {run: [x], every: 10m, deadline: 1m}\n", 6,
                "longer than the deadline", nil
            ),
        ] as [(String, Int, String, String?)])
    func aProblemHasItsPlace(yaml: String, line: Int, problem: String, hint: String?) {
        do {
            _ = try Playbook(yaml: yaml, file: "ledger.yaml")
            Issue.record("accepted: \(yaml)")
        } catch {
            #expect(error.description.hasPrefix("ledger.yaml:"), "\(error)")
            if !problem.isEmpty {
                #expect(error.line == line, "\(error)")
            }
            #expect(error.problem.contains(problem) || problem.isEmpty, "\(error)")
            if let hint { #expect(error.hint?.description == hint) }
        }
    }
}
