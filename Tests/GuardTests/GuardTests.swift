import CommandFiles
import CommandGuard
import Foundation
import LedgerText
import Support
import Testing

/// The rules, each held against what breaks it and what does not.
struct GuardTests {
    private func rules(_ texts: [String: String], sizes: [String: Int] = [:]) -> [String] {
        Guard(SourceTree(texts: texts, sizes: sizes), today: Fixed.start).judge().findings.map {
            "\($0.rule.rawValue) \($0.line)"
        }
    }

    /// A Dockerfile, and whether the image runs as root by it.
    @Test(arguments: [
        ("FROM a:1\nUSER root\nRUN x\nUSER app", false), ("FROM a:1\nRUN x", true),
        ("FROM a:1 AS b\nUSER app\nFROM b", false), ("FROM a:1 AS b\nUSER app\nFROM a:1", true),
        ("FROM a:1\nUSER app\nUSER 0:0", true), ("FROM a:1\nARG U=me\nUSER ${U}", false),
        ("FROM a:1\nARG U\nUSER ${U}", true), ("FROM a:1\nENV USER=app", true),
        ("FROM a:1\nRUN <<E\nUSER app\nE", true), ("FROM gcr.io/distroless/base:nonroot", false),
        ("FROM a:1\nUSER 1001", false), ("FROM a:1\nUSER root:app", true),
    ])
    func rootIsFoundInTheImageThatRuns(text: String, isRoot: Bool) {
        #expect(rules(["Dockerfile": text]).contains { $0.hasPrefix("root-user") } == isRoot)
    }

    /// A stage that compose builds is the image, whatever follows it.
    @Test func composeSaysWhichStageRuns() {
        let file = "FROM a:1 AS dev\nUSER app\nFROM a:1 AS last\n"
        let compose = "services:\n  web:\n    build: {context: web, target: dev}\n"
        #expect(rules(["web/Dockerfile": file]).contains("root-user 3"))
        #expect(rules(["web/Dockerfile": file, "compose.yaml": compose]) == [])
        let gone = compose.replacing("dev", with: "gone")
        #expect(rules(["web/Dockerfile": file, "compose.yaml": gone]) == ["unreadable 1"])
    }

    /// `environment` entries of a compose file, and whether they hold a secret in clear.
    @Test(arguments: [
        ("DB_PASSWORD: hunter2", true), ("DB_PASSWORD: ${DB_PASSWORD}", false),
        ("DB_PASSWORD: ${DB_PASSWORD:-hunter2}", true), ("DB_PASSWORD: ${DB_PASSWORD:-}", false),
        ("DB_PASSWORD: ${A:-${B}}", false), ("DB_PASSWORD: ${A:-${B:-x1}}", true),
        ("DB_PASSWORD: ${DB_PASSWORD:?must be set}", false),
        ("DB_PASSWORD_FILE: /run/secrets/db", false), ("API_TOKEN: /run/secrets/x", false),
        ("ALLOW_EMPTY_PASSWORD: 'yes'", false), ("PORT: '8000'", false),
        ("DATABASE_URL: postgres://app:hunter22@db/app", true),
        ("DATABASE_URL: postgres://app:${PW}@db/app", false),
        ("X: ghp_012345678901234567890123456789012345", true), ("JWT_SECRET: $JWT", false),
    ])
    func secretsAreToldFromReferences(entry: String, isSecret: Bool) {
        let parts = entry.split(separator: ":", maxSplits: 1)
        let value = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: " '"))
        let map = "services:\n  web:\n    image: a:1\n    environment:\n      \(entry)\n"
        let list =
            "services:\n  web:\n    image: a:1\n    environment:\n      - \(parts[0])=\(value)\n"
        for text in [map, list] {
            #expect(rules(["compose.yaml": text]) == (isSecret ? ["literal-secret 5"] : []))
        }
    }

    @Test func secretsAreFoundWhereverTheyStand() {
        #expect(
            rules(["Dockerfile": "FROM a:1\nENV API_KEY=abc123 B=1\nARG DB_PASSWORD\nUSER app"])
                == ["literal-secret 2"])
        #expect(
            rules(["Dockerfile": "FROM a:1\nRUN curl --password hunter22 x\nCOPY .env /\nUSER app"])
                == ["literal-secret 2", "literal-secret 3"])
        let flow = """
            on: push
            permissions: {}
            jobs:
              test:
                runs-on: ubuntu-24.04
                services:
                  db: {image: postgres, env: {POSTGRES_PASSWORD: hunter2}}
                steps:
                  - run: |
                      echo
                      psql --password=hunter22
                  - run: login --password "${{ secrets.PASSWORD }}"
            """
        #expect(
            rules([".github/workflows/ci.yml": flow]) == ["literal-secret 7", "literal-secret 11"])
        #expect(
            rules([".env": "A=1\nexport DB_PASSWORD=hunter2\n#X_TOKEN=a\n"])
                == ["literal-secret 2"])
        #expect(rules([".env.example": "DB_PASSWORD=changeme\n"]) == [])
    }

    /// Merge keys, anchors and extended services are followed, as compose does.
    @Test func whatComposeMergesIsJudged() {
        let text = """
            x-base: &base
              image: a:1
              environment: &env {API_TOKEN: abc123}
            services:
              one: {<<: *base}
              two:
                extends: one
                environment: {API_TOKEN: "${API_TOKEN}"}
            """
        #expect(rules(["compose.yaml": text]) == ["literal-secret 3"])
    }

    @Test func dataOnNoVolumeIsFound() {
        let database = "services:\n  db:\n    image: postgres:16.4\n"
        #expect(rules(["compose.yaml": database]) == ["volumes 2"])
        for mount in ["db-data:/var/lib/postgresql/data", "./pg:/var/lib/postgresql"] {
            #expect(rules(["compose.yaml": database + "    volumes: [\"\(mount)\"]\n"]) == [])
        }
        let anonymous = database + "    tmpfs: /var/lib/postgresql/data\n"
        #expect(rules(["compose.yaml": anonymous]) == ["volumes 2"])
        // One file over another is judged with what that mounts.
        let over = [
            "compose.yml": database + "    volumes: [\"db:/var/lib/postgresql/data\"]\n",
            "compose.override.yml": database,
        ]
        #expect(rules(over) == [])
        let web = "services:\n  web:\n    build: .\n"
        let files = ["compose.yaml": web]
        #expect(rules(files, sizes: ["data/a.db": 1, "src/data.py": 1]) == ["volumes 2"])
        let kept = ["compose.yaml": web + "    volumes: [\"web:/app/data\"]\n"]
        #expect(rules(kept, sizes: ["data/a.db": 1]) == [])
    }

    @Test func rightsOverTheHostAreFound() {
        let text = """
            services:
              web:
                image: a:1
                privileged: true
                user: root
                volumes:
                  - /var/run/docker.sock:/var/run/docker.sock:ro
            """
        #expect(
            rules(["compose.yaml": text]) == ["root-user 2", "privileged 4", "docker-socket 7"])
    }

    @Test(arguments: [
        ("a", true), ("a:latest", true), ("a:1.2", false), ("ghcr.io/x/a:main", true),
        ("localhost:5000/a", true), ("a@sha256:0", false), ("a:3.12-slim", false),
        ("scratch", false), ("${BASE}", false), ("a:edge-slim", true),
        ("a:${TAG}", false), ("a@${DIGEST}", false),
    ])
    func tagsThatMoveAreFound(image: String, moves: Bool) {
        let found = rules(["Dockerfile": "FROM \(image)\nUSER app"])
        #expect(found.contains("moving-tag 1") == moves, "\(found)")
    }

    @Test func baseImagesFitTheirRole() {
        #expect(rules(["Dockerfile": "FROM python:3.12\nUSER a"]) == ["base-image 1"])
        #expect(rules(["Dockerfile": "FROM python:3.12-slim\nUSER a"]) == [])
        #expect(rules(["Dockerfile.gpu": "FROM python:3.12-slim\nUSER a"]) == ["base-image 1"])
        let runtime = "nvidia/cuda:12.4.1-runtime-ubuntu22.04"
        #expect(rules(["Dockerfile.gpu": "FROM \(runtime)\nUSER a"]) == [])
        let devel = "FROM nvidia/cuda:12.4.1-devel-ubuntu22.04"
        #expect(rules(["gpu/Dockerfile": "\(devel)\nUSER a"]) == ["base-image 1"])
        #expect(rules(["gpu/Dockerfile": "\(devel) AS b\nFROM \(runtime)\nUSER a"]) == [])
    }

    @Test func buildToolsAreFoundWhereTheyRun() {
        let build = "FROM a:1 AS b\nRUN apt-get update && apt-get install -y gcc\n"
        #expect(rules(["Dockerfile": build + "USER a"]) == ["build-tools 2", "multi-stage 2"])
        #expect(rules(["Dockerfile": build + "FROM a:1\nCOPY --from=b /x /x\nUSER a"]) == [])
        let removed = "FROM a:1\nRUN apt-get install -y gcc && ./x && apt-get purge -y gcc\nUSER a"
        #expect(rules(["Dockerfile": removed]) == [])
    }

    /// What building leaves in the stage that runs.
    @Test(arguments: [
        ("RUN make", true), ("RUN cd /x && CGO_ENABLED=0 go build -o /x ./...", true),
        ("RUN npm ci && npm run build", true), ("RUN [\"cargo\", \"build\", \"--release\"]", true),
        ("RUN ./gradlew assemble", true), ("RUN npm ci --omit=dev", true),
        ("RUN echo make build", false), ("RUN pip install x", true),
        ("RUN python3 -m pip install x", true), ("RUN pip install --no-cache-dir x", false),
        ("ENV PIP_NO_CACHE_DIR=1\nRUN pip install x", false),
        ("RUN --mount=type=cache,target=/root/.cache/pip pip install x", false),
        ("RUN apt-get update && apt-get install -y curl", true),
        ("RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*", false),
        ("RUN <<EOF\napt-get update\napt-get install -y curl\nEOF", true),
        ("RUN apk add curl", true), ("RUN apk add --no-cache curl", false),
        ("RUN dnf install -y curl && dnf clean all", false), ("RUN dnf install -y curl", true),
    ])
    func whatBuildingLeavesIsFound(lines: String, isFound: Bool) {
        let found = rules(["Dockerfile": "FROM a:1\n\(lines)\nUSER a"])
        #expect(found.contains { $0.begins(with: "multi-stage") } == isFound, "\(found)")
        // In a stage that is left behind it is where it belongs.
        let staged = "FROM a:1 AS b\n\(lines)\nFROM a:1\nCOPY --from=b /x /x\nUSER a"
        #expect(rules(["Dockerfile": staged]) == [])
    }

    @Test func whatRunsBeginsFromNoCompiler() {
        #expect(rules(["Dockerfile": "FROM golang:1.23\nUSER a"]) == ["multi-stage 1"])
        #expect(rules(["Dockerfile": "FROM x/y/rust:1@sha256:0\nUSER a"]) == ["multi-stage 1"])
        #expect(rules(["Dockerfile": "FROM eclipse-temurin:21-jdk\nUSER a"]) == ["multi-stage 1"])
        #expect(rules(["Dockerfile": "FROM eclipse-temurin:21-jre\nUSER a"]) == [])
        #expect(rules(["Dockerfile": "FROM swift:6.1-slim\nUSER a"]) == [])
        #expect(rules(["Dockerfile": "FROM a/trusted:1\nUSER a"]) == [])
    }

    @Test func aVoicePipelineWantsFFmpeg() {
        let file =
            "FROM a:1\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\nUSER a"
        let files = ["Dockerfile": file, "requirements.txt": "fastapi\nfaster-whisper==1.0\n"]
        #expect(rules(files) == ["ffmpeg 1"])
        var with = files
        with["Dockerfile"] = file.replacing("RUN pip", with: "RUN apk add --no-cache ffmpeg && pip")
        #expect(rules(with) == [])
        with["requirements.txt"] = "fastapi\n"
        with["Dockerfile"] = file
        #expect(rules(with) == [])
    }

    @Test(arguments: [
        ("RUN huggingface-cli download x", true), ("COPY weights.safetensors /", true),
        ("RUN curl -L https://x/y.onnx -o /y.onnx", true), ("ADD https://x/y.pt /", true),
        ("RUN python -c \"import whisper; whisper.load_model('base')\"", true),
        ("COPY models.py /", false), ("RUN curl https://x/y.tar", false),
        ("RUN mkdir /app/models", false), ("ENV MODEL_PATH=/models/x.pt", false),
    ])
    func weightsAreFound(line: String, isFound: Bool) {
        let found = rules(["Dockerfile": "FROM a:1\n\(line)\nUSER a"])
        #expect(found == (isFound ? ["model-weights 2"] : []))
    }

    /// What lies in the context goes into the image with the whole of it.
    @Test func weightsInTheContextAreFound() {
        let file = "FROM a:1\nCOPY . /app\nUSER a"
        let good = ".git\n**/__pycache__\n**/.env\n**/data\n**/static/tts\n"
        let sizes = ["models/x.pt": 5, "models/big.bin": 60 << 20, "models/small.bin": 5]
        #expect(
            rules(["Dockerfile": file, ".dockerignore": good], sizes: sizes)
                == ["model-weights 2"])
        #expect(
            rules(["Dockerfile": file, ".dockerignore": good + "models\n"], sizes: sizes) == [])
        #expect(rules(["Dockerfile": file]) == ["ignore-file 2"])
        // A file beside the Dockerfile, of its name, is the one that counts.
        let own = ["Dockerfile": file, "Dockerfile.dockerignore": good, ".dockerignore": good]
        #expect(rules(own) == [])
    }

    @Test func pathsThatLeaveTheContextAreSaid() {
        #expect(rules(["Dockerfile": "FROM a:1\nCOPY a/../../b /\nUSER a"]) == ["unreadable 2"])
        #expect(rules(["Dockerfile": "FROM a:1\nCOPY a/../b /\nUSER a"]) == [])
    }

    @Test func workflowsTestBeforeTheyDeploy() {
        func flow(_ needs: String) -> String {
            """
            on: push
            permissions: {contents: read}
            jobs:
              test:
                steps:
                  - run: ruff check . && pytest
              build:
                needs: test
                steps:
                  - uses: actions/checkout@\(String(repeating: "a", count: 40)) # v5
                  - uses: ./local
                  - uses: actions/cache@v4
              rollout:
                \(needs)
                environment: production
                steps:
                  - run: docker run web:v1
            """
        }
        let name = ".github/workflows/cd.yml"
        #expect(
            rules([name: flow("needs: [build]")]) == ["unpinned-action 12", "deploy-by-tag 17"])
        #expect(
            rules([name: flow("runs-on: x")])
                == ["unpinned-action 12", "untested-deploy 13", "deploy-by-tag 17"])
        // A workflow of the same project that comes before is looked into; the way back waits
        // for nothing.
        let called = flow("needs: [build]").replacing(
            "    steps:\n      - run: ruff check . && pytest",
            with: "    uses: ./.github/workflows/ci.yml")
        let ci =
            "on: workflow_call\npermissions: {}\njobs:\n  a:\n    steps: [{run: ruff check . && pytest}]\n"
        #expect(rules([name: called]).contains("untested-deploy 12"))
        #expect(
            rules([name: called, ".github/workflows/ci.yml": ci])
                == ["unpinned-action 11", "deploy-by-tag 16"])
        let back = flow("runs-on: x").replacing("rollout", with: "revert")
        #expect(rules([name: back]) == ["unpinned-action 12"])
        let open = "on: push\njobs:\n  a:\n    steps: [{run: make}]\n"
        #expect(rules([name: open]) == ["permissions 3"])
        #expect(rules([name: "permissions: write-all\n" + open]) == ["permissions 1"])
    }

    /// An exception has a reason, somebody who stands for it, and an end.
    @Test func waiversCountWhileTheyLast() {
        func judged(_ words: String) -> GuardReport {
            let text = "# ledger:waive \(words)\n\nFROM a:latest\nUSER app\n"
            return Guard(SourceTree(texts: ["Dockerfile": text]), today: Fixed.start).judge()
        }
        let good = judged("moving-tag reason=\"no other is made\" owner=alice until=2999-01-01")
        #expect(good.findings.isEmpty && good.waived.map(\.waiver.owner) == ["alice"])
        for bad in [
            "moving-tag owner=alice until=2999-01-01", "moving-tag reason=x until=2999-01-01",
            "moving-tag reason=x owner=alice", "moving-tag reason=x owner=alice until=2001-01-01",
            "moving-tag reason=x owner=alice until=soon", "moved reason=x owner=a until=2999-01-01",
        ] {
            #expect(judged(bad).findings.map(\.rule) == [.waiver, .movingTag], "\(bad)")
        }
        let other = judged("root-user reason=x owner=alice until=2999-01-01")
        #expect(other.findings.map(\.rule) == [.movingTag])
    }

    @Test(arguments: [
        ("a: [", "not YAML"), ("a: 1\na: 2\n", "twice"), ("services:\n\tweb: {}\n", "not YAML"),
        ("services:\n  web: *nobody\n", "not YAML"), ("a: &a [1]\n*a : 1\n", "an alias is used"),
    ])
    func yamlThatCannotBeReadIsSaid(text: String, words: String) {
        let report = Guard(SourceTree(texts: ["compose.yaml": text]), today: Fixed.start).judge()
        #expect(report.findings.map(\.rule) == [.unreadable])
        #expect(report.findings.first?.message.contains(words) == true)
    }

    /// A text that grows without end where aliases are followed is read in no time.
    @Test func aliasesWithinAliasesAreQuick() {
        var text = "a0: &a0 {k: v}\n"
        for level in 1...40 {
            let merged = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) {<<: [\(merged)]}\n"
        }
        text += "services:\n  web: {<<: *a40, environment: {<<: *a40}}\n"
        #expect(rules(["compose.yaml": text]) == [])
    }
}
