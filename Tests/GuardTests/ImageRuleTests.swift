import CommandFiles
import CommandGuard
import LedgerText
import Support
import Testing

/// What gets into an image: models, packages of a voice pipeline, caches.
struct ImageRuleTests {
    private func found(
        _ rule: GuardRule, _ texts: [String: String], programs: [String: String] = [:]
    ) -> Bool {
        var tree = SourceTree(texts: texts, sizes: programs.mapValues(\.utf8.count))
        tree.programs = programs
        return Guard(tree, today: Fixed.start).judge().findings.contains { $0.rule == rule }
    }

    private func image(_ lines: String) -> String { "FROM debian:12.5-slim\n\(lines)\nUSER a\n" }

    // MARK: Models

    @Test(arguments: [
        ("RUN wget https://huggingface.co/a/b/resolve/main/ggml-base.bin", true),
        ("ADD https://huggingface.co/a/b/resolve/main/pytorch_model.bin /m/", true),
        ("RUN curl -O https://huggingface.co/a/b/resolve/main/config.json", false),
        ("RUN pip install https://huggingface.co/s/m/resolve/main/m-any-py3-none-any.whl", true),
        (#"RUN python -c "from faster_whisper import WhisperModel; WhisperModel('base')""#, true),
        ("RUN rembg d u2net", true), ("COPY shape_predictor_68.dat /m/", true),
        ("RUN curl -O https://example.org/a.tar.gz", false),
    ])
    func aModelIsFetchedOrNot(line: String, isFound: Bool) {
        #expect(found(.modelWeights, ["Dockerfile": image(line)]) == isFound, "\(line)")
    }

    /// Only what reaches the image counts, and programs are found by their module's path.
    @Test func aModelThatDoesNotGetInDoesNotCount() {
        let fetch = "FROM a:1 AS %\nRUN huggingface-cli download a/b\n"
        let last = "FROM debian:12.5-slim\n%\nUSER a\n"
        func image(_ copy: String) -> [String: String] {
            [
                "Dockerfile": fetch.replacing("%", with: "models")
                    + last.replacing("%", with: copy)
            ]
        }
        #expect(found(.modelWeights, image("COPY --from=models /root/.cache /cache")))
        #expect(found(.modelWeights, image("RUN --mount=from=models,target=/m cp -r /m /n")))
        #expect(!found(.modelWeights, image("RUN true")))
        #expect(!found(.modelWeights, image("COPY --from=models /app/results.txt /")))
        let module = ["app/models/setup.py": "x = AutoModel.from_pretrained('a')\n"]
        let file = ["Dockerfile": self.image("RUN python -m app.models.setup")]
        #expect(found(.modelWeights, file, programs: module))
        let other = ["setup.py": "x = AutoModel.from_pretrained('a')\n"]
        #expect(!found(.modelWeights, file, programs: other))
    }

    @Test func aModelAmongTheRequirementsIsFetched() {
        let wheel =
            "en_core_web_sm @ https://github.com/explosion/spacy-models/releases/download/a.whl"
        let file = image(
            "COPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt")
        #expect(found(.modelWeights, ["Dockerfile": file, "requirements.txt": wheel]))
        #expect(!found(.modelWeights, ["Dockerfile": image(""), "requirements.txt": wheel]))
    }

    // MARK: Voice

    /// Requirements count if the image installs them.
    @Test func onlyWhatIsInstalledWantsFFmpeg() {
        let pip = "RUN pip install --no-cache-dir -r requirements.txt"
        func wants(_ lines: String, _ texts: [String: String]) -> Bool {
            found(.ffmpeg, texts.merging(["Dockerfile": image(lines)]) { $1 })
        }
        let voice = ["requirements.txt": "fastapi\nopenai-whisper>=20231117 # voice\n"]
        #expect(wants("COPY requirements.txt .\n\(pip)", voice))
        #expect(wants("COPY . .\n\(pip)", voice))
        #expect(
            wants(
                "RUN --mount=type=bind,source=requirements.txt,target=r.txt pip install -r r.txt",
                voice))
        let other = ["worker/requirements.txt": "pydub\n", "requirements.txt": "fastapi\n"]
        #expect(!wants("COPY requirements.txt .\n\(pip)", other))
        #expect(!wants("COPY . .\n\(pip)", other))
        #expect(wants("COPY worker/requirements.txt .\n\(pip)", other))
        #expect(wants("RUN pip install git+https://github.com/openai/whisper.git", [:]))
        #expect(wants("RUN pip install 'openai-whisper>=2023' torch", [:]))
        #expect(wants("RUN pip install ffmpeg-python", [:]))
        #expect(!wants("RUN apt-get install -y ffmpeg && pip install ffmpeg-python", [:]))
    }

    /// Of a `pyproject.toml` what an installation takes counts, and no word beside it.
    @Test(arguments: [
        ("[project]\ndependencies = [\n  \"pydub>=1\",\n]\n", true),
        ("[tool.poetry.dependencies]\npydub = \"^0.25\"\n", true),
        (
            "[project]\ndescription = \"like pydub\"\nkeywords = [\"pydub\"]\ndependencies = []\n",
            false
        ),
        ("# pydub\n[project]\ndependencies = [\"a\"] # pydub\n", false),
        ("[dependency-groups]\ndev = [\"pydub\"]\n", false),
        ("[tool.poetry.group.dev.dependencies]\npydub = \"1\"\n", false),
        ("[project.optional-dependencies]\nvoice = [\"pydub\"]\n", false),
    ])
    func aProjectsDependenciesAreItsOwn(text: String, isVoice: Bool) {
        let file = image("COPY . .\nRUN pip install --no-cache-dir .")
        #expect(found(.ffmpeg, ["Dockerfile": file, "pyproject.toml": text]) == isVoice, "\(text)")
    }

    // MARK: What stays

    @Test(arguments: [
        ("uv sync --frozen", true), ("uv sync --no-cache", false), ("poetry install", true),
        ("poetry install && rm -rf $POETRY_CACHE_DIR", false), ("pnpm install", true),
        ("yarn install && yarn cache clean", false), ("npm ci --omit=dev", true),
        ("npm ci && npm cache clean --force", false), ("pip install --no-cache x", false),
        ("cmake --build out", true),
    ])
    func cachesOfLanguagesStay(command: String, isFound: Bool) {
        #expect(
            found(.multiStage, ["Dockerfile": image("RUN \(command)")]) == isFound, "\(command)")
    }

    @Test(arguments: [
        "apt remove -y --purge build-essential", "apt-get -y purge build-essential",
        "apt-get autoremove -y build-essential", "aptitude purge build-essential",
    ])
    func whatIsRemovedInTheSameCommandIsGone(removal: String) {
        let line = "RUN apt-get install -y build-essential && make && \(removal)"
        #expect(!found(.buildTools, ["Dockerfile": image(line)]))
    }

    /// What a template makes is no Dockerfile yet, and what a variable names may be any stage.
    @Test func whatIsFilledInLaterIsNotJudged() {
        #expect(!found(.unreadable, ["Dockerfile.jinja2": "FROM a:1\n{{ENV}}\n"]))
        let compose = "services:\n  web:\n    build: {context: ., target: \"${RUNTIME}-runtime\"}\n"
        let file = "FROM a:1 AS web-runtime\nUSER a\n"
        #expect(!found(.unreadable, ["Dockerfile": file, "compose.yaml": compose]))
        let settings = [".env": "RUNTIME=none\n", "Dockerfile": file, "compose.yaml": compose]
        #expect(found(.unreadable, settings))
    }
}

/// Compose files: what `.env` says, and in which file something stands.
struct ComposeRuleTests {
    private func found(_ texts: [String: String]) -> [String] {
        Guard(SourceTree(texts: texts), today: Fixed.start).judge().findings.map {
            "\($0.rule.rawValue) \($0.path):\($0.line)"
        }
    }

    @Test func whatDotEnvSaysIsFilledIn() {
        let image = "services:\n  web:\n    image: a/b:${V:-1.0.2}\n"
        #expect(found(["compose.yaml": image]) == [])
        #expect(
            found(["compose.yaml": image, ".env": "V=stable\n"]) == ["moving-tag compose.yaml:3"])
        #expect(found(["compose.yaml": image, "x/.env": "V=stable\n"]) == [])
        let secret =
            "services:\n  web:\n    image: a/b:1.0.2\n    environment: {A_PASSWORD: \"${P}\"}\n"
        let both = found(["compose.yaml": secret, ".env": "P=hunter2abc\n"])
        #expect(!both.contains { $0.contains("compose.yaml") })
    }

    /// A finding names the file and the line where it stands, once.
    @Test func aFindingStandsWhereItIs() {
        let base =
            "services:\n  web:\n    image: a/b:1.0.2\n    volumes: [\"/var/run/docker.sock:/s\"]\n"
        let over = "services:\n  web:\n    command: run\n"
        #expect(
            found(["compose.yaml": base, "compose.override.yaml": over])
                == ["docker-socket compose.yaml:4"])
        let common = "services:\n  base:\n    privileged: true\n"
        let extending =
            "services:\n  web:\n    image: a/b:1.0.2\n    extends: {file: common.yml, service: base}\n"
        #expect(
            found(["compose.yaml": extending, "common.yml": common]) == ["privileged common.yml:3"])
    }

    @Test(arguments: [
        ("volumes: [\"/:/host:ro\"]", true), ("volumes: [\"$S:/var/run/docker.sock\"]", true),
        ("volumes: [\"/var/lib/x:/x\"]", false), ("volumes: [\"sock:/s\"]", true),
    ])
    func theSocketIsGivenInManyWays(line: String, isGiven: Bool) {
        let text =
            "services:\n  web:\n    image: a/b:1.0.2\n    \(line)\n"
            + "volumes:\n  sock: {driver_opts: {o: bind, device: /var/run/docker.sock}}\n"
        #expect(
            found(["compose.yaml": text]).contains { $0.begins(with: "docker-socket") } == isGiven)
    }

    @Test(arguments: [
        ("redis-server --requirepass hunter2abc", true),
        ("redis-server --requirepass ${P:?P is not set}", false),
        ("redis-server --requirepass $P appendonly", false),
        ("redis-server --requirepass ${P:-hunter2abc}", true),
    ])
    func aCommandHoldsASecretOrNot(command: String, holds: Bool) {
        let text = "services:\n  a:\n    image: a/b:1.0.2\n    command: \(command)\n"
        #expect(found(["compose.yaml": text]) == (holds ? ["literal-secret compose.yaml:4"] : []))
    }

    @Test func aSecretInAFileThatStandsInComposeIsFound() {
        let text =
            "services: {}\nconfigs:\n  app:\n    content: |\n      mode=fast\n      DB_PASSWORD=Zx8Qw7Er5Tyy1\n"
        #expect(found(["compose.yaml": text]) == ["literal-secret compose.yaml:6"])
    }
}
