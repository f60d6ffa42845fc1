internal import CommandPorts
public import Ledger
internal import LedgerText
internal import Projections

/// A revert as one POSIX script, with everything in it: for the day on which `ledger` is not there.
///
/// The same bundles, hosts and files make the same bytes. It keeps a journal of its own, which
/// `ledger import journal` reads.
public struct Script: Sendable {
    private let environment: EnvironmentName
    private let parts: [KeptBundle]
    private let place: Playbook.Environment
    /// The text of the ssh configuration from the playbook; `nil` if ssh uses the configuration of
    /// the user who runs the script.
    private let configuration: String?
    /// What has to be said before it is run.
    private let warnings: [String]
    /// Who may sign an approval: an allowed-signers file (ssh-keygen(1)).
    private let signers: String?

    public init(
        of parts: [KeptBundle], in environment: EnvironmentName, _ place: Playbook.Environment,
        configuration: String?, warnings: [String] = [], signers: String? = nil
    ) {
        self.signers = signers
        self.warnings = warnings
        self.parts = parts
        self.environment = environment
        self.place = place
        self.configuration = configuration
    }

    /// Where the script is kept, by environment, services and release: `production/web@v0.9.9.sh`.
    public var path: String { Self.path(of: parts.map(\.bundle.release), in: environment) }

    /// Where the script that leads back to a plan's releases is kept.
    package static func path(of plan: Plan) -> String {
        path(of: plan.moves.map(\.to), in: plan.environment)
    }

    /// Two lists of releases get the same path only if they have the same services and releases,
    /// even if the names contain special characters.
    private static func path(of releases: [Release], in environment: EnvironmentName) -> String {
        "\(FileName.of(environment.rawValue))/\(label(releases)).sh"
    }

    private static func label(_ releases: [Release]) -> String {
        let pairs = releases.map {
            (service: Percent.encoded($0.service.rawValue), title: Percent.encoded($0.title))
        }.sorted { $0 < $1 }
        let services = pairs.map(\.service).joined(separator: "+")
        let same = Set(pairs.map(\.title)).count == 1
        return FileName.bounded(
            same
                ? "\(services)@\(pairs[0].title)"
                : pairs.map { "\($0.service)@\($0.title)" }.joined(separator: "+"))
    }

    private var label: String { Self.label(parts.map(\.bundle.release)) }

    /// The whole script.
    public var text: String {
        var body = ""
        var number = 0
        for (index, part) in parts.enumerated() {
            for host in place.hosts { body += lines(part, index, host, &number) }
        }
        let isObserved = parts.allSatisfy { $0.bundle.observe != nil }
        return """
            #!/bin/sh
            # \(asking)
            # \(Quote.line(titles.joined(separator: ", "))) in \(environment), as kept by ledger when it was deployed.
            # It needs no ledger: sh \(label).sh shows what it would do and asks; with --yes it does not ask.
            # Run it in the project's folder. If you run it again, it skips hosts that already run the release.

            _variables=\(quoted(variables.joined(separator: " ")))
            \(Self.library)
            name=\(quoted("\(FileName.of(environment.rawValue))-\(label)")) steps=\(number) what=\(quoted(titles.joined(separator: ", ")))
            target=\(quoted("\"environment\":" + Canonical.text(.string(environment.rawValue)) + ",\"moves\":" + Canonical.text(moves)))
            LEDGER_ENVIRONMENT=\(quoted(environment.rawValue))
            configuration=
            needed=\(signers == nil ? 0 : place.approvalsNeeded) lasts=\(place.approvalSeconds) glass=\(quoted(glass))

            signers() {
                cat \(heredoc(signers ?? ""))}

            stated() {
                cat \(heredoc(stated))}

            show() {
                cat \(heredoc(shown))}

            \(parts.indices.map(layOut).joined())begin "$@"
            \(configurationLines)\(parts.indices.map { "files_\($0) \"$work/\($0)\"\n" }.joined())\
            \(body)finish \(isObserved ? "finished" : "unverified")

            """
    }

    /// The second line of the script: whose approval it requires.
    private var asking: String {
        if place.approvalsNeeded == 0 {
            return "It requires no approval of others: the playbook requires none."
        }
        return signers == nil
            ? "It requires NO approval of others: the playbook names nobody whose signature could be checked."
            : "It requires the signatures of \(place.approvalsNeeded) others. They sign what --statement prints."
    }

    /// The people who may bypass approvals, in the form in which the script compares names: lower
    /// case, without the part after `@`.
    private var glass: String {
        (place.policy?.breakGlass ?? []).map {
            String($0.lowercased().prefix { $0 != "@" })
        }.joined(separator: " ")
    }

    /// What others sign: what is shown, and the bytes that are run.
    private var stated: String {
        let lines =
            ["ledger script, version 1"]
            + parts.map { "bundle: \($0.hash)" }
            + [ContentHash(of: Array((configuration ?? "").utf8))].map {
                "ssh configuration: \($0)"
            }
            + place.servers.map { Quote.line("\($0.host): \($0.ssh)") }
        return lines.map { $0 + "\n" }.joined() + shown
    }

    private var titles: [String] {
        parts.map { "\($0.bundle.release.service) \($0.bundle.release.title)" }
    }

    private var variables: [String] {
        Set(
            parts.flatMap { Array($0.bundle.variables.keys) + Array($0.bundle.secrets.keys) }
        ).sorted()
    }

    private var moves: JSONValue {
        .array(
            parts.map { part in
                let release = part.bundle.release
                var members: [String: JSONValue] = [
                    "service": .string(release.service.rawValue),
                    "bundle": .string(part.hash.rawValue),
                    "hosts": .array(place.hosts.map { .string($0.rawValue) }),
                ]
                members["tag"] = release.tag.map { .string($0.rawValue) }
                members["digest"] = release.digest.map { .string($0.rawValue) }
                members["revision"] = release.revision.map { .string($0.rawValue) }
                return .object(members)
            })
    }

    /// Targets and versions first.
    private var shown: String {
        var lines = ["Revert of \(environment):"]
        for part in parts {
            let release = part.bundle.release
            for host in place.hosts {
                lines.append(
                    "  \(host)  \(release.service)  →  \(release.title)  "
                        + (release.digest?.rawValue ?? release.revision?.rawValue ?? ""))
            }
            lines += part.bundle.revert.map { "    \($0.name): \(Quote.shellLine($0.run))" }
        }
        lines += warnings.map { "Warning: \($0)" }
        return lines.map { Quote.line($0) + "\n" }.joined()
    }

    private var configurationLines: String {
        guard let configuration else { return "" }
        return "configuration=$work/ssh_config\n"
            + "cat > \"$configuration\" \(heredoc(configuration))"
    }

    // MARK: Files

    private func layOut(_ index: Int) -> String {
        let part = parts[index]
        var text = "files_\(index)() {\n    mkdir -p \"$1\"\n"
        for (file, bytes) in part.files.sorted(by: { $0.key.path < $1.key.path }) {
            let target = "\"$1\"/\(quoted(file.path))"
            if file.path.holds("/") {
                let folder = file.path.parts(separator: "/").dropLast().joined(separator: "/")
                text += "    mkdir -p \"$1\"/\(quoted(folder))\n"
            }
            if let plain = String(validating: bytes, as: UTF8.self), plain.ends(with: "\n"),
                !bytes.contains(0)
            {
                text += "    cat > \(target) \(heredoc(plain))"
            } else {
                let octal = bytes.map { "\\\(Self.octal($0))" }
                text += "    : > \(target)\n"
                for start in stride(from: 0, to: octal.count, by: 64) {
                    let line = octal[start..<min(start + 64, octal.count)].joined()
                    text += "    printf '\(line)' >> \(target)\n"
                }
            }
            text += "    chmod \(file.executable ? "700" : "600") \(target)\n"
        }
        return text + "}\n\n"
    }

    private static func octal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 8)
        return String(repeating: "0", count: 3 - digits.count) + digits
    }

    /// A here-document whose end does not occur in its text.
    private func heredoc(_ text: String) -> String {
        var end = "LEDGER"
        // Splits bytes, not characters: Swift treats CR LF as one character, so a split at "\n"
        // would miss this line end.
        let lines = Set(text.utf8.split(separator: 10).map { Array($0) })
        while lines.contains(Array(end.utf8)) { end += "_" }
        return "<< '\(end)'\n\(text)\(text.ends(with: "\n") ? "" : "\n")\(end)\n"
    }

    // MARK: Steps

    private func lines(
        _ part: KeptBundle, _ index: Int, _ host: HostName, _ number: inout Int
    ) -> String {
        let bundle = part.bundle
        let release = bundle.release
        let server = place.servers.first { $0.host == host }
        let image = try? bundle.imageReference()
        var text = "\n# \(Quote.line("\(release.service) on \(host)"))\n"
        let values = [
            ("SERVICE", release.service.rawValue), ("HOST", host.rawValue),
            ("TAG", release.tag?.rawValue), ("DIGEST", release.digest?.rawValue),
            ("REVISION", release.revision?.rawValue), ("IMAGE", image),
            ("ADDRESS", server?.address),
        ]
        for (name, value) in values { text += "LEDGER_\(name)=\(quoted(value ?? ""))\n" }
        text += "LEDGER_BUNDLE=$work/\(index)\n"
        let far = Far(server: server, folder: ".ledger-script/\(part.hash.rawValue.prefix(16))")
        if bundle.needsHosts, let server {
            text += "send \(quoted(server.ssh)) \(far.folder) \"$work/\(index)\"\n"
        }
        func steps(_ templates: [Playbook.Template]) {
            for template in templates {
                number += 1
                let line = command(
                    template.run, template.site, template.seconds, part, index, far)
                text +=
                    "step \(number) \(quoted(template.name)) \(template.once ? "yes" : "no") \(line)\n"
            }
        }
        let (probes, health, observe, seen) = looks(part, index, host, far)
        text += probes
        if let seen {
            text += "if \(seen); then\n"
            text +=
                "printf '  %s runs %s already\\n' \(quoted(host.rawValue)) \(quoted(release.title))\n"
            text += "else\n"
        }
        steps(bundle.revert.filter { $0.afterLook != true })
        if seen != nil { text += "fi\n" }
        text += health + observe
        steps(bundle.revert.filter { $0.afterLook == true })
        return text
    }

    /// How a host is reached, and where the files lie there, under the person's home.
    private struct Far {
        let server: Server?
        let folder: String
    }

    /// `probes` defines the probes as shell functions, `health` and `observe` call them. `seen` is
    /// the condition that the release already runs.
    private func looks(
        _ part: KeptBundle, _ index: Int, _ host: HostName, _ far: Far
    ) -> (probes: String, health: String, observe: String, seen: String?) {
        let bundle = part.bundle
        var probes = ""
        func define(_ probe: Probe, _ name: String) {
            let asked = far.server?.address ?? host.rawValue
            let run = probe.command(in: environment, asking: asked) ?? ["false"]
            let line = command(run, probe.site, probe.seconds, part, index, far)
            probes += "\(name)() { \(line); }\n"
        }
        var lines = (health: "", observe: "")
        var seen: String?
        if let health = bundle.health {
            define(health.probe, "health")
            if let other = health.and { define(other, "health_too") }
            lines.health =
                "await \(health.successes) \(health.every) \(Int(health.deadline.rounded(.up))) "
                + "health\(health.and == nil ? "" : " health_too")\n"
        }
        if let look = bundle.observe {
            define(look, "observation")
            let field = quoted(look.field ?? "")
            lines.observe = "observe \(look.seconds) \(field) observation\n"
            seen = "runs \(field) observation"
        }
        return (probes, lines.health, lines.observe, seen)
    }

    private func command(
        _ words: [String], _ site: Site?, _ seconds: Int, _ part: KeptBundle, _ index: Int,
        _ far: Far
    ) -> String {
        let paths = Set(part.bundle.files.map(\.path))
        let server = site == .host ? far.server : nil
        let line = words.map { word in
            let plain = word.begins(with: "./") ? String(word.dropFirst(2)) : word
            guard paths.contains(plain) else { return quoted(word) }
            return server == nil ? "\"$work/\(index)\"/\(quoted(plain))" : quoted("./\(plain)")
        }.joined(separator: " ")
        guard let server else { return "here \(seconds) \(line)" }
        return "there \(seconds) \(quoted(server.ssh)) \(far.folder) \(line)"
    }

    private func quoted(_ word: String) -> String { Quote.shellWord(word) }

    private static let library = String(
        decoding: PackageResources.script_sh, as: UTF8.self)
}
