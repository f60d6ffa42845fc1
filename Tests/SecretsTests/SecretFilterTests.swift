import CommandEngine
import Commands
import CommandSecrets
import Foundation
import Ledger
import Projections
import Support
import Testing

/// What takes secrets out.
struct SecretFilterTests {
    private let filter = SecretFilter(
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
        ("Authorization: token abcdefgh1jkl", "Authorization: token ***"),
        ("https://0123456789abcdef0123@host/x", "https://***@host/x"),
        ("password=\"several words here\"", "password=\"***\""),
        (
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nxVgEZ\n-----END PGP PRIVATE KEY BLOCK-----!",
            "***!"
        ),
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
        ("token: Bearer abcdefgh1jklmnop", "token: Bearer ***"),
        ("secret=\"postgres://u:a;b@h\"", "secret=\"***\""),
        (
            "secret: -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----",
            "secret: ***"
        ),
    ])
    func secretsAreTakenOut(text: String, clean: String) {
        #expect(filter.redacted(text) == clean)
    }

    @Test(arguments: [
        "Fix the token bucket of the limiter", "port 8000 x", "see https://example.org/a",
        "git@example.org:acme/shop", "the secret is out", "basic documentation",
        "Basic authentication",
        "permissions:\n  id-token: write\n  contents: read", "bearer of news that nobody wanted",
        "token: fix the bucket", "secret: remove it", "password: required", "token = get_token()",
        "password=$DB_PASSWORD", "token: ${{ secrets.TOKEN }}", "--- PASS: TestPassword (0.00s)",
        "secretKeyRef: {name: db, key: password}", "TOKEN_TTL=3600",
        "x-token: process.env['TOKEN']",
        "the marker -----BEGIN RSA PRIVATE KEY----- begins one", "https://user:password@host/x",
        "https://alice.smith@host/x", "eyJhbGciOiJIUzI1NiJ9 is no token", "image secrets:v1alpha1",
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
        "sk-ssh-ed25519-cert-v01@openssh.com", "age1qyqszqgpqyqszqgpqyqszqgpqyqszqgp",
        "pk_live_0123456789abcdef01234567",
    ])
    func ordinaryTextsStayAsTheyAre(text: String) { #expect(filter.redacted(text) == text) }

    /// A file that is kept must not hold one, whatever name stands before it.
    @Test(arguments: [
        "GITHUB_TOKEN=ghp_0123456789abcdefghij0123456789", "password: postgres://u:pw@h/x",
        "token=AKIAIOSFODNN7EXAMPLE", "secret: -----BEGIN RSA PRIVATE KEY-----\nMII",
    ])
    func aTellingNameHidesNothing(text: String) {
        #expect(filter.knowsSecret(in: Array(text.utf8)))
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
        #expect(!filter.redacted(text).contains(secret))
        #expect(filter.knowsSecret(in: Array(text.utf8)))
    }

    @Test func membersWithATellingNameLoseTheirValue() {
        let value: JSONValue = ["DB_PASSWORD": "x9", "list": ["hunter2hunter2"], "token": 40]
        #expect(filter.redacted(value) == ["DB_PASSWORD": "***", "list": ["***"], "token": 40])
    }

    /// No secret is ever written down, whichever way it comes.
    /// Nor in the head of an entry, out of which nothing can be taken.
    @Test func aSecretIsNobodysName() async throws {
        let value = "hunter2supersecret0815"
        let recorder = Recorder(
            store: MemoryStore(views: StoredViews.all),
            surroundings: Fixed.surroundings(by: "alice-\(value)"),
            secretFilter: SecretFilter(variables: ["MY_TOKEN": value], secrets: []))
        let source = Source(name: "ci-\(value)", id: value)
        _ = try await recorder.record([
            Fact(.noteAdded(Note(text: "x")), source: source, by: Author(name: value)),
            Fact(.noteAdded(Note(text: "y"))),
        ])
        try await recorder.store.each(EntryFilter()) { entry in
            let said =
                "\(entry.by.name) \(entry.draft.source?.name ?? "") "
                + (entry.draft.source?.id ?? "")
            #expect(!said.contains(value))
        }
    }

    @Test func aSecretNeverEnters() async throws {
        let recorder = Recorder(
            store: memoryRecorder().store, surroundings: Fixed.surroundings(), secretFilter: filter)
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

    /// In whatever form a program prints it.
    @Test(arguments: [
        "p@ss \"w0rd'/\\<&>é", "two\nlines-0f it\n", " l33t trailing \n", "{\"a\":\"b-4711\"}",
    ])
    func aKnownValueIsFoundInEveryEncoding(value: String) async throws {
        let script = """
            import base64, html, json, shlex, sys, urllib.parse as u
            v = sys.stdin.buffer.read().decode()
            b = v.encode()
            forms = [v, v.strip(), json.dumps(v), json.dumps(v, ensure_ascii=False), json.dumps(json.dumps(v)),
                     u.quote(v), u.quote(v, safe=''), u.quote_plus(v), shlex.quote(v), html.escape(v),
                     base64.b64encode(b).decode(), base64.b64encode(b'user:' + b).decode(), base64.b64encode(b'ab' + b).decode(),
                     base64.urlsafe_b64encode(b + b'x').decode(), b.hex(), b.hex().upper()]
            print(json.dumps(forms))
            """
        let said = try await Spoken.run(["python3", "-c", script], input: value)
        let forms = try JSONDecoder().decode([String].self, from: Data(said.output.utf8))
        let filter = SecretFilter(variables: ["V": value], secrets: ["V"])
        for form in forms {
            let clean = filter.redacted("before \(form) after")
            let pieces = value.utf8.split(separator: 10).map { Array($0.suffix(8)) }.filter {
                $0.count == 8
            }
            #expect(clean.contains("***"), "\(form)")
            for piece in pieces {
                #expect(Array(clean.utf8).firstRange(of: piece) == nil, "\(form): \(clean)")
            }
            #expect(clean.utf8.count <= 40, "\(form): \(clean)")
        }
    }

    @Test func ofTwoValuesThatOverlapNothingStays() {
        let filter = SecretFilter(
            variables: ["A": "abcdef12345", "B": "12345ghijkl"], secrets: ["A", "B"])
        #expect(filter.redacted("x abcdef12345ghijkl y") == "x *** y")
    }

    @Test func namesOfMembersAreTexts() {
        let value: JSONValue = [
            "hunter2hunter2": 1, "x hunter2hunter2": 2, "verysecretvalue": ["abcdef123": 3],
        ]
        let clean = filter.redacted(value)
        #expect(Canonical.text(clean) == #"{"***":1,"*** 2":{"***":3},"x ***":2}"#)
    }

    /// Published forms, with their checksums (values made for this test).
    @Test(arguments: [
        "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", "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",
        "glpat-YWFhYWFhYWFhYWFhYWFhYW86MQM.01.0r0i4k17x",
        "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
        "hf_abcdefghijklmnopqrstuvwxyzABCDEF1234", "dckr_pat_abcdefghij0123456789ABCDE_-",
        "AIzaSyA0123456789abcdefghijklmnopqrstuv", "GOCSPX-0123456789abcdefghijABCDEFGH",
        "sk_live_0123456789abcdefABCDEF01",
        "xoxb-123456789012-123456789012-abcdefABCDEF123456789012",
        "ghs_123456_eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_123",
        "pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMAACKlszLCJ",
    ])
    func aPublishedFormIsFoundWhole(token: String) {
        for text in [
            "\(token)", "x \(token) y", "'\(token)'", "a=\(token)&b=1",
            "\u{1B}[31m\(token)\u{1B}[0m", "ends.\n\(token).",
        ] {
            let clean = filter.redacted(text)
            for start in 0..<(token.utf8.count - 9) {
                let piece = Array(token.utf8.dropFirst(start).prefix(10))
                #expect(Array(clean.utf8).firstRange(of: piece) == nil, "\(clean)")
            }
        }
    }

    /// Beginnings of tokens without an end: each costs no more than the first.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            "-eyJ", "eyJaaaaaaaa.", "-----BEGIN RSA PRIVATE KEY-----\n", "ghp_", "password=",
            "://a:", "Authorization: ",
            "AKIA", "token: >-\n ", "\"token\": \"", "curl -u ", "$6$", "LS0tLS1CRUdJTi",
        ])
    func repeatedBeginningsAreReadInOnePass(word: String) {
        let text = String(repeating: word, count: (1 << 18) / word.utf8.count)
        _ = filter.redacted(text)
    }
}

/// What comes in pieces.
struct SecretStreamTests {
    private let filter = SecretFilter(
        variables: [
            "DB_PASSWORD": "hunter2hunter2", "LINES": "first-line-0f it\nsecond-line-0f it",
        ],
        secrets: ["DB_PASSWORD", "LINES"])

    private static let text = """
        one hunter2hunter2 two
        token: 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
        -----BEGIN RSA PRIVATE KEY-----
        MIIEowIBAAKCAQEA0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL
        0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL0123456789abcdef
        -----END RSA PRIVATE KEY-----
        first-line-0f it
        second-line-0f it
        end
        """

    private func streamed(_ bytes: [UInt8], by size: Int) -> String {
        var stream = SecretStream(filter)
        var clean: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            clean += stream.add(bytes[start..<min(bytes.count, start + size)])
        }
        return String(decoding: clean + stream.finish(), as: UTF8.self)
    }

    @Test(arguments: [1, 2, 3, 7, 16, 61, 1000])
    func piecesAreReadAsTheWhole(size: Int) {
        let clean = streamed(Array(Self.text.utf8), by: size)
        #expect(clean == filter.redacted(Self.text))
        #expect(clean == "one *** two\ntoken: ***\n***\n***\nend")
    }

    /// A line that does not end is read all the same, and what goes over the parts is found.
    @Test(arguments: [1, 4096, 65_536])
    func aLineWithoutAnEndHidesNothing(offset: Int) {
        let filler = String(repeating: "x y ", count: 60_000)
        let cut = (128 << 10) - 512
        let text =
            String(filler.prefix(cut - 7)) + " DB_TOKEN=s3cr3tvalue hunter2hunter2"
            + String(filler.prefix(200_000))
        let clean = streamed(Array(text.utf8), by: offset)
        #expect(
            !clean.contains("hunter2") && !clean.contains("s3cr3t")
                && clean == filter.redacted(text))
    }

    @Test func wholeLinesComeAtOnce() {
        var stream = SecretStream(SecretFilter(variables: [:], secrets: []))
        #expect(stream.add(Array("one\ntw".utf8)) == Array("one\n".utf8))
        #expect(stream.add(Array("o\n".utf8)) == Array("two\n".utf8))
        #expect(stream.finish().isEmpty)
    }
}
