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
            ("services:\n  web: {}\n", 2, "a service needs deploy steps", nil),
            ("services:\n  web:\n    deploy: []\n", 3, "at least one step", nil),
            (
                "services:\n  web:\n    deploy:\n      - run: rm -rf /\n", 4,
                "a command line is a list", nil
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
                "not an http address", nil
            ),
            (
                "services:\n  web:\n    deploy: [{run: [x]}]\n    secrets: [\"A=b\"]\n", 4,
                "not the name of a variable", nil
            ),
            (
                "services:\n  web:\n    deploy: [{run: [x]}]\n    environments: [prod]\n", 4,
                "no environment \"prod\"", nil
            ),
            ("environments:\n  production: {protected: yes}\n", 2, "true or false", nil),
            ("environments:\n  a~b: {}\n", 2, "not an environment name", nil),
            ("environments:\n  x: {hosts: [a, a]}\n", 2, "a host stands twice", nil),
            ("ledger: 2\n", 1, "version 1", nil),
            ("environments:\n  x: {}\n  x: {}\n", 1, "stands twice", nil),
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
            if !problem.isEmpty, problem != "stands twice" {
                #expect(error.line == line, "\(error)")
            }
            #expect(error.problem.contains(problem) || problem.isEmpty, "\(error)")
            if let hint { #expect(error.hint == hint) }
        }
    }
}

/// What takes secrets out.
struct RedactorTests {
    private let redactor = Redactor(
        variables: [
            "DB_PASSWORD": "hunter2hunter2", "MY_TOKEN": "abcdef123", "SHORT_SECRET": "x",
            "PORT": "8000", "CUSTOM": "verysecretvalue",
        ],
        secrets: ["CUSTOM"])

    @Test(arguments: [
        ("connect hunter2hunter2 now", "connect *** now"),
        // What follows may make another character of its end.
        ("hunter2hunter2\u{301}!", "***\u{301}!"),
        ("verysecretvalue", "***"), ("got abcdef123!", "got ***!"),
        ("ghp_0123456789abcdefghij0123456789", "***"),
        ("key AKIAIOSFODNN7EXAMPLE end", "key *** end"),
        ("postgres://shop:s3cr3t@db/shop", "postgres://shop:***@db/shop"),
        ("Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer ***"),
        ("password=letmein&x=1", "password=***&x=1"), ("API_KEY: 'abcd1234'", "API_KEY: '***'"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nok", "***\nok"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_123", "***"),
        ("cred:ghp_0123456789abcdefghij0123", "cred:***"),
        ("x_ghp_0123456789abcdefghij0123", "x_***"), ("aws.AKIAIOSFODNN7EXAMPLE", "aws.***"),
        ("gho_0123456789abcdefghij0123", "***"), ("ghs_0123456789abcdefghij0123", "***"),
        ("github_pat_11ABCDEFG0123456789_abcdef", "***"), ("glpat-abcdefghij0123456789", "***"),
        ("ASIAIOSFODNN7EXAMPLE", "***"), ("xoxb-1234567890-abcdef", "***"),
        ("sk-proj-abcdefghij0123456789", "***"),
        ("authorization: Basic dXNlcjpwYXNzd29yZA==", "authorization: Basic ***"),
        ("PGPASSWORD=letmein psql", "PGPASSWORD=*** psql"), ("passwd: hunter22", "passwd: ***"),
        ("{\"client_secret\":\"abcd1234\"}", "{\"client_secret\":\"***\"}"),
        ("access-key = 'abcd1234'", "access-key = '***'"), ("Token=abcd1234;", "Token=***;"),
        ("redis://:s3cr3t@cache:6379/0", "redis://:***@cache:6379/0"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", "***"),
        // One form in another: neither hides the other.
        ("GITHUB_TOKEN=ghp_0123456789abcdefghij0123456789", "GITHUB_TOKEN=***"),
        ("token: Bearer abcdefghijklmnop", "token: *** ***"),
        ("secret=\"postgres://u:a;b@h\"", "secret=\"***\""),
        (
            "secret: -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----",
            "secret: ***"
        ),
    ])
    func secretsAreTakenOut(text: String, clean: String) {
        #expect(redactor.redacted(text) == clean)
    }

    @Test(arguments: [
        "Fix the token bucket of the limiter", "port 8000 x", "see https://example.org/a",
        "git@example.org:acme/shop", "the secret is out",
    ])
    func ordinaryTextsStayAsTheyAre(text: String) { #expect(redactor.redacted(text) == text) }

    /// A file that is kept must not hold one, whatever name stands before it.
    @Test(arguments: [
        "GITHUB_TOKEN=ghp_0123456789abcdefghij0123456789", "password: postgres://u:pw@h/x",
        "token=AKIAIOSFODNN7EXAMPLE", "secret: -----BEGIN RSA PRIVATE KEY-----\nMII",
    ])
    func aTellingNameHidesNothing(text: String) {
        #expect(redactor.knowsSecret(in: Array(text.utf8)))
    }

    /// Wherever it stands and whatever stands beside it.
    @Test(arguments: 0..<200)
    func aKnownSecretIsFoundAnywhere(seed: UInt64) {
        var random = Seeded(seed)
        let letters = Array("ab =:/\"'\n\t-_.#{}%ghxsk€é")
        func noise() -> String {
            String(
                (0..<Int.random(in: 0...40, using: &random)).map { _ in
                    letters.randomElement(using: &random) ?? " "
                })
        }
        let secret =
            ["hunter2hunter2", "abcdef123", "verysecretvalue"].randomElement(
                using: &random) ?? ""
        let text = noise() + secret + noise() + secret + noise()
        #expect(!redactor.redacted(text).contains(secret))
        #expect(redactor.knowsSecret(in: Array(text.utf8)))
    }

    @Test func membersWithATellingNameLoseTheirValue() {
        let value: JSONValue = ["DB_PASSWORD": "x9", "list": ["hunter2hunter2"], "token": 40]
        #expect(redactor.redacted(value) == ["DB_PASSWORD": "***", "list": ["***"], "token": 40])
    }

    /// No secret is ever written down, whichever way it comes.
    @Test func aSecretNeverEnters() async throws {
        let recorder = Recorder(
            store: memoryRecorder().store, surroundings: Fixed.surroundings(), redactor: redactor)
        _ = try await recorder.record([
            Fact(.noteAdded(Note(text: "the password is hunter2hunter2")))
        ])
        try await recorder.perform(
            .raiseFence([Sample.release(1)], reason: "leaks abcdef123"), in: Sample.production)
        try await recorder.store.each { entry in
            #expect(!entry.draft.payload.contains("hunter2"))
            #expect(!entry.draft.payload.contains("abcdef123"))
        }
    }
}
