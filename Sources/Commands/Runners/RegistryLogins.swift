internal import CommandPorts
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerText
internal import Subprocess
internal import SystemPackage

/// The registry logins of docker and podman (docker's `config.json`; containers-auth.json(5)), and
/// their credential helpers.
struct RegistryLogins: Sendable {
    let variables: [String: String]

    /// The files that may contain a login; the first file with the registry counts.
    var files: [String] {
        let home = variables["HOME"] ?? ""
        let docker = variables["DOCKER_CONFIG"] ?? "\(home)/.docker"
        let run = variables["XDG_RUNTIME_DIR"].map { "\($0)/containers/auth.json" }
        let settings = variables["XDG_CONFIG_HOME"] ?? "\(home)/.config"
        return [variables["REGISTRY_AUTH_FILE"], "\(docker)/config.json", run].compactMap(\.self)
            + ["\(settings)/containers/auth.json"]
    }

    func login(for name: String) async throws -> RegistryLogin? {
        for file in files {
            guard let data = FileManager.default.contents(atPath: file),
                let json = try? JSONValue(parsing: Array(data))
            else { continue }
            let helper =
                json["credHelpers"]?[name]?.string
                ?? (json["auths"]?[name]?.object?.isEmpty == true
                    ? json["credsStore"]?.string : nil)
            if let helper { return try await ask(helper, for: name) }
            if let login = Self.login(json["auths"], name) { return login }
            if let store = json["credsStore"]?.string, let found = try? await ask(store, for: name)
            {
                return found
            }
        }
        return nil
    }

    /// The login in the file itself, under one of the registry's names.
    private static func login(_ all: JSONValue?, _ name: String) -> RegistryLogin? {
        let hub = name == ImageName.hubLogin ? [ImageName.hubName] : []
        let names = [name, "https://\(name)", "http://\(name)", "https://\(name)/v1/"] + hub
        guard let entry = names.lazy.compactMap({ all?[$0] }).first else { return nil }
        if let token = entry["identitytoken"]?.string, !token.isEmpty { return .token(token) }
        guard let text = entry["auth"]?.string, let data = Data(base64Encoded: text),
            let pair = String(validating: data, as: UTF8.self), let colon = pair.first(byte: ":")
        else { return nil }
        return .password(
            name: String(pair[..<colon]),
            secret: String(pair[pair.index(after: colon)...].prefix { $0 != "\0" }))
    }

    /// Asks a credential helper (`docker-credential-NAME get`, docker/docker-credential-helpers).
    private func ask(_ helper: String, for name: String) async throws -> RegistryLogin? {
        let program = "docker-credential-\(helper)"
        do {
            let result = try await Subprocess.run(
                .name(program), arguments: ["get"],
                environment: .inherit.updating(["PATH": variables["PATH"]]),
                input: .fileDescriptor(
                    try InputFile.open(Array(name.utf8)), closeAfterSpawningProcess: true),
                output: .string(limit: 64 << 10), error: .discarded)
            let said = result.standardOutput
            guard result.terminationStatus.isSuccess else {
                // The message of the helpers for an unknown registry.
                if said.holds("credentials not found") { return nil }
                throw HTTPSilence("\(program) failed: \(said.prefix(200))")
            }
            let json = try? JSONValue(parsing: said)
            guard let user = json?["Username"]?.string, let secret = json?["Secret"]?.string else {
                throw HTTPSilence("\(program) returned no user name and secret")
            }
            return user == "<token>" ? .token(secret) : .password(name: user, secret: secret)
        } catch let error as SubprocessError {
            throw HTTPSilence("cannot run \(program): \(error)")
        }
    }
}
