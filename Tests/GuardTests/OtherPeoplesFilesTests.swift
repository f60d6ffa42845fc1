import CommandFiles
import CommandGuard
import LedgerText
import Support
import Testing

/// Files as others write them: read as their own tools read them (BuildKit, compose-go, dotenv).
struct OtherPeoplesFilesTests {
    private func rules(_ texts: [String: String], sizes: [String: Int] = [:]) -> [String] {
        Guard(SourceTree(texts: texts, sizes: sizes), today: Fixed.start).judge().findings.map {
            "\($0.rule.rawValue) \($0.path.begins(with: "Dockerfile") ? "" : $0.path + " ")\($0.line)"
        }
    }

    /// What stands in a Dockerfile between `FROM debian:12.5-slim` and `USER app`, and what is
    /// found.
    @Test(arguments: [
        // Here-documents are whole shell words; a shift and a here-string are none.
        (#"RUN echo "$((1<<20))" > /limit"#, []), ("RUN test $((2<<n)) -gt 1", []),
        ("RUN cat <<<text", []), (#"RUN echo "a <<EOF""#, []), ("RUN echo 'a <<EOF'", []),
        ("RUN cat << EOF > /etc/app.conf\nmode = fast\nEOF", []),
        ("ONBUILD RUN <<EOF\necho one\nEOF", []), ("RUN cat <<\"E-O.F\" 3<<B\nx\nE-O.F\ny\nB", []),
        ("COPY <<'EOF' /x\nUSER root\nEOF", []), ("RUN cat <<EOF\nx", ["unreadable 2"]),
        (#"RUN ["cat", "<<EOF"]"#, []),
        // An escape character that is escaped itself continues nothing.
        ("ENV PREFIX C:\\\\", []), ("RUN a \\\n# c\n\n  b", []), ("RUN a \\  \n  b", []),
        // Images that files are taken from.
        ("COPY --from=ghcr.io/a/uv:latest /uv /bin/", ["moving-tag 2"]),
        ("COPY --from=ghcr.io/a/uv:0.4.1 /uv /bin/", []),
        ("RUN --mount=type=bind,from=busybox:latest,target=/bb true", ["moving-tag 2"]),
        // Packages by name, whatever their version.
        ("RUN apt-get install -y gcc=4:12.2.0-3", ["build-tools 2", "multi-stage 2"]),
        ("RUN dnf install -y gcc-11.4.1", ["build-tools 2", "multi-stage 2"]),
        ("RUN apk add --no-cache --virtual .b gcc musl-dev && apk del .b", []),
        ("RUN apk add -t .b gcc && true", ["build-tools 2", "multi-stage 2"]),
    ])
    func aDockerfileIsReadAsTheBuilderReadsIt(lines: String, found: [String]) {
        let text = "FROM debian:12.5-slim\n\(lines)\nUSER app\n"
        #expect(rules(["Dockerfile": text]) == found)
        let windows = "\u{FEFF}" + text.exchanging("\n", for: "\r\n")
        #expect(rules(["Dockerfile": windows]) == found)
    }

    @Test(arguments: [
        ("USER \"root\"", true), ("USER '0:0'", true), ("USER \"app\"", false), ("USER 00", true),
    ])
    func theBuilderTakesQuotesAway(line: String, isRoot: Bool) {
        let found = rules(["Dockerfile": "FROM debian:12.5-slim\n\(line)\n"])
        #expect(found == (isRoot ? ["root-user 2"] : []))
    }

    @Test func whatOnlyTheBuilderKnowsMayBeAnyStage() {
        let stages =
            "FROM debian:12.5-slim AS base-amd64\nUSER app\nFROM base-${TARGETARCH} AS last\n"
        #expect(rules(["Dockerfile": stages]) == [])
        let digest = "@sha256:" + String(repeating: "0", count: 64)
        let image = "FROM gcr.io/distroless/static-debian12:nonroot\(digest)\n"
        #expect(rules(["Dockerfile": image]) == [])
    }

    /// Whether a tag means another image tomorrow.
    @Test(arguments: [
        ("latest-gpu-py3", true), ("1-latest", true), ("nightly-py3", true), ("alpine", true),
        ("lts", true), ("release", true), ("nightly-2026-01-31", false), ("main-0a4d55a", false),
        ("bookworm-slim", true), ("slim-bookworm", true), ("alpine3.23", true),
        ("3.12-slim-bookworm", false), ("devel", true), ("3.12-slim", false),
        ("1.0.0-beta.1", false), ("v2.1", false),
        ("20260131", false),
    ])
    func aTagMovesOrNot(tag: String, moves: Bool) {
        let found = rules(["Dockerfile": "FROM a/b:\(tag)\nUSER app\n"])
        #expect(found == (moves ? ["moving-tag 1"] : []), "\(tag)")
    }

    /// Of a distribution the name of its version is the version.
    @Test(arguments: [
        ("debian:bookworm-slim", false), ("ubuntu:jammy", false), ("debian:sid-slim", true),
        ("alpine:${B:-latest}", true), ("alpine:${B-3.19}", false), ("${I:-alpine}", true),
        ("alpine:${B}", false),
    ])
    func aBaseMovesOrNot(image: String, moves: Bool) {
        let found = rules(["Dockerfile": "FROM \(image)\nUSER app\n"])
        #expect(found == (moves ? ["moving-tag 1"] : []), "\(image)")
    }

    @Test func aNameMakesNoDockerfile() {
        let texts = [
            "pkg/dockerfile.go": "package pkg\n", "docs/Dockerfile.md": "# Ours\n\nIt has two.\n",
            "x/Dockerfile_api": "FROM a:latest\nUSER app\n",
        ]
        #expect(rules(texts) == ["moving-tag x/Dockerfile_api 1"])
    }

    private static let database = "services:\n  db:\n    image: postgres:16.2\n"

    /// What follows `image:` in a service that keeps data, and what is found.
    @Test(arguments: [
        ("    volumes: ['${DIR}:/var/lib/postgresql/data']", []),
        ("    volumes: ['${DIR:?set it}:/var/lib/postgresql/data']", []),
        ("    volumes: ['${DIR:-pg}:/var/lib/postgresql/data']", []),
        (
            "    volumes: [pg:/var/lib/postgresql/data]\nvolumes: {pg: {driver_opts: {type: tmpfs}}}",
            ["volumes compose.yaml 2"]
        ),
        ("    volumes: [pg:/var/lib/postgresql/data]\nvolumes: {pg: {}}", []),
        ("    volumes: [pg:/x]\n    environment: {PGDATA: /x/data}", []),
        (
            "    volumes: [pg:/var/lib/postgresql]\n    privileged: yes",
            ["privileged compose.yaml 5"]
        ),
        (
            "    volumes: [pg:/var/lib/postgresql]\n    privileged: ${P:-True}",
            ["privileged compose.yaml 5"]
        ),
        ("    volumes: [pg:/var/lib/postgresql]\n    privileged: 'no'", []),
        (
            "    volumes: [pg:/var/lib/postgresql]\n    use_api_socket: true",
            ["docker-socket compose.yaml 5"]
        ),
        (
            "    volumes:\n      - pg:/var/lib/postgresql\n      - {type: bind, source: '${S:-/var/run/docker.sock}', target: /s}",
            ["docker-socket compose.yaml 6"]
        ),
        (
            "    volumes: [pg:/var/lib/postgresql, '/var/run:/var/run']",
            ["docker-socket compose.yaml 4"]
        ),
        ("    volumes: [pg:/var/lib/postgresql]\n    command: |\n      **Status**: a text", []),
    ])
    func aComposeFileIsReadAsComposeReadsIt(lines: String, found: [String]) {
        #expect(rules(["compose.yaml": Self.database + lines + "\n"]) == found)
    }

    @Test func overridesHaveAnyOfFourNames() {
        let volume = "services: {db: {volumes: ['pg:/var/lib/postgresql']}}\n"
        for name in ["compose.override.yml", "docker-compose.override.yaml"] {
            #expect(rules(["compose.yaml": Self.database, name: volume]) == [])
        }
        let base = Self.database + "    volumes: [pg:/var/lib/postgresql]\n"
        let reset = "services: {db: {volumes: !reset []}}\n"
        #expect(
            rules(["compose.yaml": base, "compose.override.yaml": reset])
                == ["volumes compose.yaml 2"])
    }

    @Test func aDockerfileMayStandInAComposeFile() {
        let text = """
            services:
              web:
                build:
                  dockerfile_inline: |
                    FROM debian:latest
                    ENV API_TOKEN=abcd1234efgh
            """
        #expect(
            rules(["compose.yaml": text]) == [
                "moving-tag compose.yaml 5", "root-user compose.yaml 5",
                "literal-secret compose.yaml 6",
            ])
        let other =
            "services: {web: {build: {context: ., additional_contexts: {base: 'service:b'}}}}\n"
        #expect(rules(["compose.yaml": other, "Dockerfile": "FROM base\nUSER app\n"]) == [])
    }

    /// A line of `.env`, and whether it holds a secret in clear.
    @Test(arguments: [
        ("API_KEY=\"\" # in the vault", false), ("DB_PASSWORD=''\t# none", false),
        ("DB_PASSWORD=# none", false), ("DB_PASSWORD=\"correct horse\" # oops", true),
        ("DB_PASSWORD=a#b1c2d3", true), ("DB_PASSWORD=${X} # from outside", false),
    ])
    func aCommentIsNoValue(line: String, isSecret: Bool) {
        #expect(rules([".env": line + "\n"]) == (isSecret ? ["literal-secret .env 1"] : []))
    }

    /// Aliases of aliases, and keys that are some: short texts that stand for endless ones.
    @Test(.timeLimit(.minutes(5)))
    func aliasesHaveAnEnd() {
        let ten = { (name: String) in (0..<10).map { _ in "*\(name)" }.joined(separator: ",") }
        var merges = "a0: &a0 {}\n"
        var lists = "b0: &b0 [x]\n"
        for number in 1...20 {
            merges += "a\(number): &a\(number) {<<: [\(ten("a\(number - 1)"))]}\n"
            lists += "b\(number): &b\(number) [\(ten("b\(number - 1)"))]\n"
        }
        _ = rules(["compose.yaml": merges + "services: {<<: *a20}\n"])
        for key in ["x: {*b20 : 1}", "[*b20]: 1", "? [*b20]\n: 1"] {
            let found = rules(["compose.yaml": lists + key + "\nservices: {}\n"])
            #expect(found == ["unreadable compose.yaml 22"], "\(key)")
        }
        let chain = (1...5_000).map { "k\($0): &k\($0) [*k\($0 - 1)]\n" }.joined()
        #expect(rules(["compose.yaml": "k0: &k0 [x]\n" + chain]).first?.holds("unreadable") == true)
    }

    /// What grows when its variables are replaced stays bounded.
    @Test(.timeLimit(.minutes(5)))
    func expansionsHaveAnEnd() {
        var lines = ["ARG A0=xxxxxxxx"]
        for number in 1..<2_000 { lines.append("ARG A\(number)=$A\(number - 1)$A\(number - 1)") }
        lines += ["FROM a:$A1999", "USER app"]
        _ = rules(["Dockerfile": lines.joined(separator: "\n")])
        let stages = (0..<5_000).map { "FROM a:1 AS s\($0)" }.joined(separator: "\n")
        #expect(rules(["Dockerfile": stages]) == ["unreadable 1001"])
        let chain = (0..<3_000).map { "  s\($0): {extends: s\($0 + 1)}\n" }.joined()
        _ = rules(["compose.yaml": "services:\n\(chain)  s3000: {image: 'a:1'}\n"])
    }
}
