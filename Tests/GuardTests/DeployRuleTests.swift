import CommandFiles
import CommandGuard
import LedgerText
import Support
import Testing

/// Which jobs deploy, and what has to come before them.
struct DeployRuleTests {
    /// The jobs of a workflow that are found to deploy untested, with what is missing.
    private func untested(_ files: [String: String]) -> [String] {
        let texts = Dictionary(
            uniqueKeysWithValues: files.map { (".github/workflows/\($0.key)", $0.value) })
        return judged(texts)
    }

    private func judged(_ texts: [String: String]) -> [String] {
        Guard(SourceTree(texts: texts), today: Fixed.start).judge().findings
            .filter { $0.rule == .untestedDeploy }
            .map { finding in
                let job = finding.message.split(separator: " ").first.map(String.init) ?? ""
                let missing = finding.message.split(separator: " job that ").last.map(String.init)
                return "\(job): \(missing ?? "")"
            }
    }

    private func job(_ name: String, _ lines: [String]) -> String {
        "  \(name):\n    runs-on: ubuntu-latest\n" + lines.map { "    \($0)\n" }.joined()
    }

    private func flow(_ jobs: String, on: String = "push") -> String {
        "on: \(on)\npermissions: {contents: read}\njobs:\n\(jobs)"
    }

    private func one(_ name: String, _ step: String, _ more: [String] = []) -> [String] {
        untested([
            "cd.yml": flow(job(name, more + ["steps:", "- \(step)"]))
        ])
    }

    /// Commands, and whether they put something new where people use it.
    @Test(arguments: [
        ("kubectl apply -f k8s", true), ("kubectl rollout status web", false),
        ("helm upgrade web ./chart", true), ("helm template web", false),
        ("helm upgrade web . --dry-run", false), ("terraform apply -auto-approve", true),
        ("terraform plan", false), ("pulumi up --yes", true), ("flyctl deploy", true),
        ("vercel deploy --prod", true), ("npx wrangler deploy", true), ("sam deploy", true),
        ("make deploy", true), ("./scripts/deploy.sh production", true), ("npm run deploy", true),
        ("aws s3 sync dist s3://site", true), ("git push heroku main", true),
        ("git push origin main", false), ("echo deploy", false), ("# make deploy", false),
        ("npx prisma migrate deploy", false), ("pytest tests/test_deploy.py", false),
        (
            "gh pr create --title \"Deploy staging\" \\\n          --body \"to\n          deploy it\"",
            false
        ),
        ("curl -X POST ${{ env.PORTAINER_WEBHOOK_URL }}", true),
        ("docker compose up -d", false), ("ssh web1 docker compose up -d", true),
        ("kubectl delete ns test", false), ("ssh web1 'sudo systemctl restart shop'", true),
        ("ssh web1 systemctl status shop", false),
    ])
    func aCommandDeploysOrNot(command: String, deploys: Bool) {
        let step = "run: |\n          " + command
        #expect(one("go", step) == (deploys ? ["go: lints or tests"] : []), "\(command)")
    }

    /// A name says what a job is for; it must do something too.
    @Test func aNameAloneDeploysNothing() {
        #expect(one("deploy", "run: ./go") == ["deploy: lints or tests"])
        #expect(one("go", "run: ./go", ["name: Deploy to production"]) == ["go: lints or tests"])
        #expect(one("deploy", "run: echo later") == [])
        #expect(one("labeler-deploy", "uses: actions/labeler@v5") == [])
        #expect(one("check", "run: ./validate", ["environment: production"]) == [])
        #expect(one("rollback-deploy", "run: ./go") == [])
        #expect(one("go", "uses: a/k8s-deploy@v1") == ["go: lints or tests"])
        #expect(one("pages", "uses: actions/deploy-pages@v4") == [])
        let script = "uses: actions/github-script@v7\n      with: {script: deploy()}"
        #expect(one("note", script, ["environment: production"]) == [])
        let remote = "uses: a/ssh-action@v1\n      with: {script: make dl}"
        #expect(one("sync", remote, ["environment: production"]) == ["sync: lints or tests"])
    }

    /// What comes before, and what of it counts.
    @Test(arguments: [
        ("ruff check . && pytest", ""), ("docker push shop:latest", "lints or tests"),
        ("pip install pytest ruff", "lints or tests"), ("cargo clippy\n          cargo test", ""),
        ("npx biome check .\n          npx vitest run", ""), ("go vet ./... && go test ./...", ""),
        ("# ruff, pytest", "lints or tests"), ("ruff check . || true\n          pytest", "lints"),
        ("mvn verify", "lints"), ("mvn verify -DskipTests", "lints or tests"),
        ("./gradlew build -x test", "lints or tests"), ("bundle exec rubocop && rspec", ""),
        ("npm run lint\n          npm test", ""), ("shellcheck a.sh\n          make check", ""),
        ("echo lint test", "lints or tests"), ("rm -f x || true\n          flake8; tox", ""),
    ])
    func whatChecksCounts(commands: String, missing: String) {
        let jobs =
            job("before", ["steps:", "- run: |", "    " + commands])
            + job("deploy", ["needs: before", "steps: [{run: ./go}]"])
        let found = untested(["cd.yml": flow(jobs)])
        #expect(found == (missing.isEmpty ? [] : ["deploy: \(missing)"]), "\(commands)")
    }

    /// A check that stops nothing is none.
    @Test func whatStopsNothingDoesNotCount() {
        let check = job("ci", ["steps: [{run: ruff check . && pytest}]"])
        func after(_ lines: [String], _ before: String? = nil) -> [String] {
            untested([
                "cd.yml": flow((before ?? check) + job("deploy", ["needs: ci"] + lines))
            ])
        }
        #expect(after(["steps: [{run: ./go}]"]) == [])
        #expect(after(["if: always()", "steps: [{run: ./go}]"]) == ["deploy: lints or tests"])
        #expect(after(["if: always() && !failure()", "steps: [{run: ./go}]"]) == [])
        let ignored = job("ci", ["continue-on-error: true", "steps: [{run: ruff . && pytest}]"])
        #expect(after(["steps: [{run: ./go}]"], ignored) == ["deploy: lints or tests"])
        let late = ["steps: [{run: make deploy}, {run: ruff check . && pytest}]"]
        #expect(
            untested(["cd.yml": flow(job("go", late))]) == ["go: lints or tests"])
        let early = ["steps: [{run: ruff check . && pytest}, {run: make deploy}]"]
        #expect(untested(["cd.yml": flow(job("go", early))]) == [])
    }

    /// Workflows that are called, or follow each other, and the project's own actions.
    @Test func whatIsCalledIsLookedInto() {
        let deploy = flow(job("go", ["steps: [{run: make deploy}]"]), on: "workflow_call")
        let call = flow("  ship:\n    uses: ./.github/workflows/inner.yml\n")
        #expect(untested(["inner.yml": deploy]) == [])
        #expect(untested(["inner.yml": deploy, "cd.yml": call]) == ["ship: lints or tests"])
        // Started by itself too, nobody says what came before.
        let both = flow(
            job("go", ["steps: [{run: make deploy}]"]), on: "[workflow_call, workflow_dispatch]")
        #expect(untested(["inner.yml": both]) == ["go: lints or tests"])
        let ci = "name: Checks\n" + flow(job("a", ["steps: [{run: ruff . && pytest}]"]))
        let follows = flow(
            job("go", ["steps: [{run: make deploy}]"]), on: "{workflow_run: {workflows: [Checks]}}")
        #expect(untested(["ci.yml": ci, "cd.yml": follows]) == [])
        let action = "runs:\n  using: composite\n  steps: [{run: make deploy}, {uses: a/b@main}]\n"
        let uses = flow(job("go", ["steps: [{uses: ./.github/actions/ship}]"]))
        let texts = [
            ".github/workflows/cd.yml": uses, ".github/actions/ship/action.yml": action,
        ]
        #expect(judged(texts) == ["go: lints or tests"])
        let findings = Guard(SourceTree(texts: texts), today: Fixed.start).judge().findings
        #expect(
            findings.contains {
                $0.rule == .unpinnedAction && $0.path == ".github/actions/ship/action.yml"
            })
    }

    /// Workflows that call themselves, each other, or very many are looked into once.
    @Test func circlesOfCallsEnd() {
        let me = flow("  a:\n    uses: ./.github/workflows/a.yml\n", on: "workflow_call")
        #expect(untested(["a.yml": me]) == [])
        var files: [String: String] = [:]
        for number in 0..<40 {
            let calls = (0..<40).map {
                "  j\($0):\n    uses: ./.github/workflows/\((number + 1) % 40).yml\n"
            }
            files["\(number).yml"] = flow(calls.joined())
        }
        #expect(untested(files) == [])
    }

    /// In a workflow that is called the order counts too.
    @Test func whatComesAfterADeployStopsNothing() {
        let call = flow("  ship:\n    uses: ./.github/workflows/inner.yml\n")
        func inner(_ steps: String) -> String {
            flow(job("go", ["steps: [\(steps)]"]), on: "workflow_call")
        }
        let after = inner("{run: make deploy}, {run: ruff . && pytest}")
        #expect(untested(["inner.yml": after, "cd.yml": call]) == ["ship: lints or tests"])
        let before = inner("{run: ruff . && pytest}, {run: make deploy}")
        #expect(untested(["inner.yml": before, "cd.yml": call]) == [])
    }

    /// Names that say what is done around a deploy.
    @Test func whatIsDoneAroundADeployIsNone() {
        for name in ["notify-deployment", "prepare-deployment", "pre-deploy-checks"] {
            #expect(one(name, "run: ./go") == [], "\(name)")
        }
        #expect(one("x", "run: rsync -a ./ root@web1:/srv/app") == ["x: lints or tests"])
        #expect(one("x", "run: rsync -a a/ b/") == [])
        let pages = "uses: JamesIves/github-pages-deploy-action@v4"
        #expect(one("build-and-deploy", "run: npm run build\n    - " + pages) == [])
        #expect(one("x", "uses: cloudflare/wrangler-action@v3") == ["x: lints or tests"])
    }

    /// A byte order mark before the text hides nothing.
    @Test func aByteOrderMarkIsNoText() {
        let text = "\u{FEFF}" + flow(job("go", ["steps: [{run: make deploy}]"]))
        #expect(untested(["cd.yml": text]) == ["go: lints or tests"])
        #expect(untested(["cd.yml": "\u{FEFF}# a\n" + text.dropFirst()]) == ["go: lints or tests"])
    }

    /// A workflow is one, whatever it is called.
    @Test func aWorkflowMayBeCalledAfterCompose() {
        #expect(
            untested(["compose-deploy.yml": flow(job("go", ["steps: [{run: make deploy}]"]))])
                == ["go: lints or tests"])
    }
}
