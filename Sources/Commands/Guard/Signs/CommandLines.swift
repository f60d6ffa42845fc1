internal import LedgerText

/// The command lines of a step, and their effects.
struct CommandLines {
    private let lines: [[String]]
    /// Command lines whose failure stops the step.
    private let stopping: [[String]]
    private let text: String

    init(in text: String) {
        // GitHub expressions are one word.
        let text = text.exchanging("${{ ", for: "$").exchanging("${{", for: "$")
            .exchanging(" }}", for: "").exchanging("}}", for: "")
        self.text = text
        // Comments have no effect.
        let said = Self.joined(
            text.allLines.filter { !$0.trimmedStart.begins(with: "#") }.map(String.init)
                .joined(separator: "\n")
        ).allLines
        lines = ShellText.commands(in: said.map(String.init).joined(separator: "\n"))
        let whatStops = said.filter { line in
            !["|| true", "|| :", "|| echo", "||true"].contains { line.holds($0) }
        }
        stopping = ShellText.commands(in: whatStops.map(String.init).joined(separator: "\n"))
    }

    /// Joins continued lines and lines of a quoted text: a line within quotes is not a command. An
    /// unclosed quote is an ordinary character.
    private static func joined(_ text: String) -> String {
        var bytes: [UInt8] = []
        var quote: UInt8?
        let all = Array(text.exchanging("\\\n", for: " ").utf8)
        for (place, byte) in all.enumerated() {
            if byte == quote {
                quote = nil
            } else if quote == nil, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'"),
                all[(place + 1)...].prefix(longestQuote).contains(byte)
            {
                quote = byte
            }
            bytes.append(quote != nil && byte == UInt8(ascii: "\n") ? UInt8(ascii: " ") : byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Maximum number of bytes before a quote must end.
    private static let longestQuote = 2000

    private func any(_ isMeant: (_ program: String, _ words: ArraySlice<String>) -> Bool) -> Bool {
        lines.contains { line in
            guard let first = line.first else { return false }
            let program = first.parts(separator: "/").last.map(String.init) ?? first
            return !Self.telling.contains(program) && isMeant(program, line.dropFirst())
        }
    }

    /// Commands that only print, fetch or set something.
    private static let telling: Set<String> = [
        "echo", "printf", "cat", "export", "git", "mkdir", "cd", "ls", "test", "[", "[[", "exit",
        "sleep", "grep", "sed", "awk", "jq", "which", "date", "read", "local", "fi", "done", "gh",
    ]

    /// Whether a command does more than print, install and check.
    var act: Bool {
        any { program, words in
            let name = Signs.words(of: program).union(words.first.map(Signs.words) ?? [])
            let isChecking = name.contains { Signs.isTest($0) || Signs.isLint($0) }
            return !isChecking && !words.contains("install") && !words.contains("ci")
        }
    }

    // MARK: Deploys

    /// Whether a command deploys something new to users.
    var deploy: Bool {
        any { program, words in
            let all = Set(words)
            if !all.isDisjoint(with: Self.trying)
                || all.contains(where: { $0.begins(with: "--dry-run") })
            {
                return false
            }
            if let verbs = Self.verbs[program],
                verbs.contains(where: { verb in
                    let parts = verb.words.map(String.init)
                    return parts.allSatisfy(all.contains)
                })
            {
                return true
            }
            // Files that are copied to another machine: `user@host:/srv/app`.
            if ["rsync", "scp"].contains(program),
                let target = words.last(where: { !$0.begins(with: "-") }),
                target.holds(":"), !target.holds("://")
            {
                return true
            }
            // A script or verb named after a deploy: `./deploy.sh`, `npm run deploy`, `fly deploy`.
            // A database migration alone does not deploy.
            let name = Signs.words(of: program)
            let isChecking = name.contains { Signs.isTest($0) || Signs.isLint($0) }
            if isChecking || all.contains(where: { $0.holds("prisma") || $0.holds("migrat") }) {
                return false
            }
            if name.contains(where: Signs.isDeploy) { return true }
            let plain = words.prefix { !$0.begins(with: "-") }.prefix(3)
            if Self.telling.contains(program) || Self.installers.contains(program) { return false }
            return plain.contains { word in
                let isPath = word.holds("/") && !word.holds(".sh") && !word.holds(".py")
                return !isPath && Signs.words(of: word).contains(where: Signs.isDeploy)
            }
        } || hooks || pushes
    }

    /// Words of commands that only show what would happen.
    private static let trying: Set<String> = [
        "plan", "preview", "diff", "template", "validate", "lint", "--check", "--diff", "status",
        "history", "describe", "get", "logs", "version", "--version", "--help", "login", "list",
    ]
    private static let installers: Set<String> = ["pip", "pip3", "apt-get", "apt", "docker"]

    /// Programs that deploy with verbs other than `deploy`.
    private static let verbs: [String: [String]] = [
        "docker": ["stack deploy"], "kubectl": ["apply", "set image", "rollout restart"],
        "oc": ["apply", "rollout latest"], "helm": ["upgrade"], "helmfile": ["apply", "sync"],
        "ansible-playbook": [""], "terraform": ["apply"], "tofu": ["apply"], "pulumi": ["up"],
        "gcloud": ["run deploy", "app deploy", "functions deploy"],
        "aws": [
            "ecs update-service", "s3 sync", "lambda update-function-code",
        ],
        "az": ["webapp", "containerapp update", "containerapp up"],
        "heroku": ["container:release"], "vercel": ["--prod"], "cf": ["push"], "eb": ["deploy"],
        "nomad": ["run"], "argocd": ["sync"], "flux": ["reconcile"], "caprover": ["deploy"],
    ]

    /// A webhook of a machine or service that pulls the new release.
    private var hooks: Bool {
        lines.contains { line in
            guard ["curl", "wget", "http"].contains(line.first ?? "") else { return false }
            let words = Signs.words(of: line.dropFirst().joined(separator: " "))
            return words.contains(where: Signs.isDeploy)
                || words.contains("webhook")
                    && !words.isDisjoint(with: ["portainer", "watchtower"])
        }
    }

    private var pushes: Bool {
        lines.contains { line in
            guard line.first == "git", line.dropFirst().first == "push" else { return false }
            return line.contains { ["heroku", "dokku"].contains($0) }
        } || text.holds("dokku git:")
    }

    /// Whether a command starts containers: a deploy, unless it runs on the job's own machine.
    var start: Bool {
        any { program, words in
            let all = Set(words)
            switch program {
            case "docker", "podman":
                return all.contains("up") && all.contains("compose")
                    || all.contains("run") && (all.contains("-d") || all.contains("--detach"))
                    || all.contains("service") && all.contains("update")
            case "docker-compose", "podman-compose": return all.contains("up")
            case "ssh":
                let there = Set(words.flatMap { Signs.words(of: $0) })
                return !there.isDisjoint(with: ["systemctl", "pm2", "supervisorctl"])
                    && !there.isDisjoint(with: ["restart", "reload"])
            case "systemctl", "service", "pm2", "supervisorctl":
                return !all.isDisjoint(with: ["restart", "reload", "start"])
            default: return false
            }
        } || text.holds("docker compose up") || text.holds("docker-compose up")
    }

    /// Whether a command acts on another machine.
    var leaveTheMachine: Bool {
        ["ssh ", "DOCKER_HOST", "--context", "docker -H"].contains(where: text.holds)
    }

    // MARK: Checks

    /// Whether a command is a check and can fail. Installed, named or excluded tools do not count.
    func check(by sign: (Set<String>) -> Bool) -> Bool {
        stopping.contains { line in
            guard let first = line.first else { return false }
            let program = first.parts(separator: "/").last.map(String.init) ?? first
            guard !Self.telling.subtracting(["cd"]).contains(program),
                !["ssh", "scp", "rsync"].contains(program)
            else { return false }
            let rest = line.dropFirst()
            let isInstalling =
                !rest.filter {
                    ["install", "add", "pull", "push", "build", "tag", "login"].contains($0)
                }
                .isEmpty && !["mvn", "mvnw", "gradle", "gradlew"].contains(program)
            if isInstalling { return false }
            if let verbs = Self.checking[program], sign(["test"]) || sign(["lint"]) {
                let isSkipping = rest.contains { word in
                    let small = word.lowercased()
                    return small.holds("skiptests") || small.holds("skip.test") || small == "-x"
                }
                let isLint = !sign(["test"])
                if !isLint, !isSkipping, rest.contains(where: verbs.contains) { return true }
            }
            let words = rest.filter { word in
                let small = word.lowercased()
                return !small.holds("skip") && !small.holds("no-") && !small.holds("exclude")
            }
            let isSkippingTask = rest.contains("-x")
            if isSkippingTask { return sign(Signs.words(of: program)) }
            return sign(Signs.words(of: program)) || words.contains { sign(Signs.words(of: $0)) }
        }
    }

    /// Programs that test with verbs other than `test`.
    private static let checking: [String: Set<String>] = [
        "mvn": ["verify", "package", "install"], "mvnw": ["verify", "package", "install"],
        "gradle": ["build", "check"], "gradlew": ["build", "check"], "make": ["check"],
    ]
}
