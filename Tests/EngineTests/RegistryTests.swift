import CommandPorts
import Crypto
import Foundation
import Ledger
import LedgerText
import Projections
import Support
import Synchronization
import Testing
@testable import CommandEngine
@testable import CommandRunners
@testable import Commands

/// The check of a registry that does not lie.
struct RegistryTests {
    private static let base = "https://registry.example/v2/shop/web/"

    private static func digest(_ text: String) -> String {
        "sha256:" + Hex.encode(SHA256.hash(data: Array(text.utf8)))
    }

    private static func manifest(_ name: String) -> String {
        #"{"config":{"digest":"sha256:config-\#(name)"},"layers":[{"digest":"sha256:layer-\#(name)"},"#
            + #"{"digest":"sha256:foreign","urls":["https://elsewhere.example/layer"]}]}"#
    }

    private static func index(_ parts: [(String, String)]) -> String {
        let manifests = parts.map { digest, platform in
            let words = platform.split(separator: "/")
            return
                #"{"digest":"\#(digest)","platform":{"os":"\#(words[0])","architecture":"\#(words[1])"}}"#
        }
        return #"{"manifests":[\#(manifests.joined(separator: ","))]}"#
    }

    private func bundle(_ digest: String) throws -> Commands.Bundle {
        var bundle = Sample.bundle(
            Release(
                service: Sample.web, tag: ReleaseTag(unchecked: "v1"),
                digest: try ImageDigest(digest)))
        bundle.container = Container(
            image: "registry.example/shop/web", engine: .docker,
            start: .run(name: "web", options: []), pullSeconds: 1, startSeconds: 1)
        return bundle
    }

    private func look(
        _ registry: ScriptedRegistry, _ digest: String, _ platforms: [String] = ["linux/amd64"]
    ) async throws -> RegistryReport {
        let check = RegistryCheck(transport: registry, insecure: [])
        let reports = await check.look(
            at: [try bundle(digest)], for: { Set(platforms.compactMap(Platform.init)) })
        return try #require(reports.first)
    }

    /// A registry that has one whole image; its digest.
    private func whole(_ registry: ScriptedRegistry, _ name: String = "a") -> String {
        let text = Self.manifest(name)
        registry.put(Self.base + "manifests/\(Self.digest(text))", text)
        for part in ["config", "layer"] {
            registry.put("HEAD \(Self.base)blobs/sha256:\(part)-\(name)", "")
        }
        return Self.digest(text)
    }

    @Test func aWholeImageIsWhole() async throws {
        let registry = ScriptedRegistry()
        let digest = whole(registry)
        registry.put(Self.base + "manifests/v1", Self.manifest("b"))
        let report = try await look(registry, digest)
        #expect(report.isWhole && report.layers == 1)
        #expect(report.tagged?.rawValue == Self.digest(Self.manifest("b")))
        // Asked for without one of these types a registry says "unknown" of what it has.
        let manifests = registry.asked.withLock(\.self).filter { $0.address.contains("manifests") }
        #expect(manifests.count == 2)
        #expect(manifests.allSatisfy { $0.accept == Manifest.types && $0.method == .get })
    }

    @Test func whatIsMissingIsNamed() async throws {
        let registry = ScriptedRegistry()
        #expect(
            try await look(registry, Self.digest("x")).missing
                == ["the manifest \(Self.digest("x"))"])
        let digest = whole(registry)
        registry.answers.withLock { $0["HEAD \(Self.base)blobs/sha256:layer-a"] = nil }
        #expect(try await look(registry, digest).missing == ["the layer sha256:layer-a"])
        registry.answers.withLock { $0["HEAD \(Self.base)blobs/sha256:config-a"] = nil }
        #expect(try await look(registry, digest).missing.count == 2)
        // One that sends elsewhere for a part has it.
        for part in ["config", "layer"] {
            registry.answers.withLock {
                $0["HEAD \(Self.base)blobs/sha256:\(part)-a"] = HTTPResponse(status: 307)
            }
        }
        #expect(try await look(registry, digest).isWhole)
    }

    @Test func ofAnIndexTheHostsPlatformsCount() async throws {
        let registry = ScriptedRegistry()
        let arm = whole(registry, "arm")
        let amd = Self.digest(Self.manifest("amd"))
        let text = Self.index([(arm, "linux/arm64"), (amd, "linux/amd64")])
        registry.put(Self.base + "manifests/\(Self.digest(text))", text)
        let index = Self.digest(text)
        #expect(try await look(registry, index, ["linux/arm64"]).isWhole)
        #expect(try await look(registry, index).missing == ["the manifest \(amd)"])
        #expect(
            try await look(registry, index, ["linux/s390x"]).missing
                == ["an image for linux/s390x in the index \(index)"])
    }

    /// What is sent under a digest and is not it, is not it.
    @Test func aRegistryThatSendsSomethingElseIsNotBelieved() async throws {
        let registry = ScriptedRegistry()
        let digest = Self.digest("what was pushed")
        registry.put(Self.base + "manifests/\(digest)", Self.manifest("other"))
        #expect(try await look(registry, digest).missing.count == 1)
    }

    @Test func aFaultIsNoAbsence() async throws {
        let registry = ScriptedRegistry()
        let digest = Self.digest("x")
        for (status, words) in [
            (500, "500"), (403, "access is denied"), (429, "too many requests"),
        ] {
            registry.answers.withLock {
                $0[Self.base + "manifests/\(digest)"] = HTTPResponse(status: status)
            }
            let report = try await look(registry, digest)
            #expect(report.missing.isEmpty && report.problem?.contains(words) == true)
        }
    }

    // MARK: Identity

    private func guarded(
        _ challenge: String, login: RegistryLogin?
    ) async throws -> (ScriptedRegistry, RegistryReport) {
        let registry = ScriptedRegistry(login: login)
        registry.answers.withLock {
            $0[Self.base + "manifests/\(Self.digest("x"))"] = HTTPResponse(
                status: 401, headers: ["www-authenticate": challenge])
        }
        registry.put(
            "https://auth.example/token?service=r.example&scope=repository%3Ashop%2Fweb%3Apull",
            #"{"token":"for-a-while"}"#)
        registry.put("https://auth.example/token", #"{"access_token":"refreshed"}"#)
        return (registry, try await look(registry, Self.digest("x")))
    }

    private static let bearer =
        #"Bearer realm="https://auth.example/token",service="r.example",scope="repository:shop/web:pull""#

    @Test func aTokenIsFetchedWithWhatIsKept() async throws {
        let login = RegistryLogin.password(name: "ci", secret: "hunter22")
        let (registry, _) = try await guarded(Self.bearer, login: login)
        let asked = registry.asked.withLock(\.self)
        #expect(asked[1].authorization == .basic(name: "ci", secret: "hunter22"))
        #expect(asked[2].authorization == .bearer("for-a-while"))
        // Nobody logged in asks as nobody.
        let (anonymous, _) = try await guarded(Self.bearer, login: nil)
        let second = anonymous.asked.withLock { $0[1] }
        #expect(second.authorization == nil && second.method == .get)
    }

    @Test func anIdentityTokenIsRefreshed() async throws {
        let (registry, _) = try await guarded(Self.bearer, login: .token("t&1"))
        let asked = registry.asked.withLock(\.self)
        #expect(asked[1].method == .post && asked[1].authorization == nil)
        guard case .form(let sent) = asked[1].body else {
            Issue.record("no form was sent")
            return
        }
        #expect(sent.contains("refresh_token=t%261"))
        #expect(asked[2].authorization == .bearer("refreshed"))
    }

    @Test func aPasswordIsSentWhereItIsWanted() async throws {
        let login = RegistryLogin.password(name: "ci", secret: "hunter22")
        let (registry, _) = try await guarded(#"Basic realm="r""#, login: login)
        #expect(
            registry.asked.withLock { $0[1].authorization }
                == .basic(name: "ci", secret: "hunter22"))
        let (_, report) = try await guarded(#"Basic realm="r""#, login: nil)
        #expect(report.problem?.contains("none is stored for registry.example") == true)
        // Never in the clear.
        let open = Self.bearer.replacing("https", with: "http")
        let (_, refused) = try await guarded(open, login: login)
        #expect(refused.problem?.contains("without encryption") == true)
    }

    // MARK: Judged

    @Test func onlyWhatAHostHasToPullIsRefused() throws {
        let plan = try plan()
        var host = HostReport(HostName(unchecked: "a"), Sample.web, "image absent\n")
        var report = RegistryReport(service: Sample.web, image: "r/web@sha256:1")
        report.missing = ["the layer x"]
        #expect(throws: Refusal.self) { try RegistryCheck.judge([report], [host], plan) }
        host.imageIsPresent = true
        #expect(try RegistryCheck.judge([report], [host], plan).count == 1)
        report.missing = []
        #expect(try RegistryCheck.judge([report], [host], plan).isEmpty)
        report.tagged = try ImageDigest("sha256:" + String(repeating: "9", count: 64))
        let words = try RegistryCheck.judge([report], [host], plan)
        #expect(words.first?.contains("names sha256:9999") == true)
    }

    /// Who pulls an image for own steps is unknown: it must be complete, if the registry can tell.
    @Test func anImageForOwnStepsMustBeComplete() throws {
        let plan = try plan()
        var report = RegistryReport(service: Sample.web, image: "r/web@sha256:1")
        #expect(try RegistryCheck.judge([report], [], plan).isEmpty)
        report.missing = ["the layer x"]
        #expect(throws: Refusal.self) { try RegistryCheck.judge([report], [], plan) }
        report.problem = "no answer"
        #expect(
            try RegistryCheck.judge([report], [], plan)
                == ["cannot check r/web@sha256:1 in the registry"])
    }

    private func plan() throws -> Plan {
        try Plan.make(
            PlanRequest(kind: .deploy),
            in: EnvironmentView(name: Sample.production, rows: [], marks: [], lease: nil),
            place: Playbook.Environment(), parts: [try Sample.parts(Sample.release(1))],
            by: Author(name: "alice"), now: Fixed.start)
    }

    // MARK: Names

    @Test func namesAreReadAsEnginesReadThem() {
        let hub = ImageName("nginx")
        #expect(hub.registry == ImageName.hub && hub.repository == "library/nginx")
        #expect(ImageName("docker.io/acme/web").repository == "acme/web")
        #expect(ImageName("acme/web").registry == ImageName.hub)
        let own = ImageName("localhost:5000/a/b")
        #expect(own.registry == "localhost:5000" && own.repository == "a/b")
        #expect(ImageName("ghcr.example/a").loginName == "ghcr.example")
        #expect(Platform("linux/x86_64")?.description == "linux/amd64")
    }

    @Test func challengesAreReadWithOrWithoutQuotes() {
        let members = RegistryReader.parameters(
            #"Bearer realm="https://a/b?c=d", service=x,scope="p:q:r,s""#)
        #expect(members == ["realm": "https://a/b?c=d", "service": "x", "scope": "p:q:r,s"])
    }

    // MARK: curl and credential files

    /// What is secret is never on a command line, and arrives as it is.
    @Test func secretsGoThroughStandardInput() throws {
        let request = HTTPRequest(
            .get, "https://r.example/v2/", authorization: .basic(name: "ci", secret: "a\"b\\c"),
            accept: ["x/y"], body: .form("token=hush"))
        let line = CurlTransport.arguments(request)
        #expect(
            line == [
                "--disable", "--globoff", "--silent", "--show-error", "--include",
                "--connect-timeout", "5", "--max-time", "20", "--proto", "=https", "--location",
                "--max-redirs", "3",
                "--header", "Accept: x/y", "--config", "-", "--", "https://r.example/v2/",
            ])
        #expect(
            try CurlTransport.settings(request)
                == Array("user = \"ci:a\\\"b\\\\c\"\ndata-raw = \"token=hush\"\n".utf8))
    }

    /// What a registry answers becomes no setting of curl's: it could write and upload files here.
    @Test(arguments: [
        "x\r\noutput = /tmp/x\r\ndata = @/etc/passwd\r\n", "x\nurl = file:///etc/passwd", "x\0y",
        "\u{301}\"\r\u{301}\noutput = /tmp/x", "\u{7F}",
    ])
    func aTokenWithControlCharactersIsNotSent(token: String) {
        let request = HTTPRequest(.get, "https://r.example/v2/", authorization: .bearer(token))
        #expect(throws: HTTPSilence.self) { try CurlTransport.settings(request) }
    }

    /// Whatever a body holds, it is the value of one setting.
    @Test(arguments: [
        "a\r\nb", "\"\u{301}\\", "\nurl = \"file:///etc/passwd\"\n", "{\"a\":\"\\u0301\"}",
    ])
    func aBodyIsOneSetting(body: String) throws {
        let settings = try CurlTransport.settings(
            HTTPRequest(.post, "https://r.example/", body: .form(body)))
        #expect(settings.filter { $0 == 10 }.count == 1 && !settings.contains(13))
    }

    @Test func theLastOfSeveralAnswersCounts() {
        let text =
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: x\r\n\r\nHTTP/2 200\r\nA-B: c: d\r\n\r\nHTTP/ body"
        let response = CurlTransport.read(Array(text.utf8))
        #expect(
            response
                == HTTPResponse(
                    status: 200, headers: ["a-b": "c: d"], body: Array("HTTP/ body".utf8)))
        #expect(CurlTransport.read(Array("nonsense".utf8)) == nil)
    }

    @Test func loginsAreFoundWhereDockerAndPodmanKeepThem() async throws {
        let sandbox = try Sandbox()
        let pair = Data("ci:pass:word".utf8).base64EncodedString()
        try sandbox.write(
            "docker/config.json",
            #"{"auths":{"a.example":{"auth":"\#(pair)"},"b.example":{"identitytoken":"t"}},"#
                + #""credHelpers":{"c.example":"test"}}"#)
        try sandbox.write("podman.json", #"{"auths":{"d.example":{"auth":"\#(pair)"}}}"#)
        try sandbox.write(
            "bin/docker-credential-test",
            "#!/bin/sh\nread -r name\n[ \"$name\" = c.example ] || exit 1\n"
                + #"echo '{"ServerURL":"c","Username":"<token>","Secret":"s"}'"#, executable: true)
        let logins = RegistryLogins(variables: [
            "DOCKER_CONFIG": sandbox.path("docker"),
            "REGISTRY_AUTH_FILE": sandbox.path("podman.json"),
            "HOME": sandbox.folder.path, "PATH": "\(sandbox.path("bin")):/usr/bin:/bin",
        ])
        let password = RegistryLogin.password(name: "ci", secret: "pass:word")
        #expect(try await logins.login(for: "a.example") == password)
        #expect(try await logins.login(for: "b.example") == .token("t"))
        #expect(try await logins.login(for: "c.example") == .token("s"))
        #expect(try await logins.login(for: "d.example") == password)
        #expect(try await logins.login(for: "e.example") == nil)
    }

    /// A registry that wants a token, over a real connection.
    @Test func curlAnswersAChallenge() async throws {
        let sandbox = try Sandbox()
        let manifest = Self.manifest("a")
        try sandbox.write("manifest", manifest)
        try sandbox.write("registry.py", Self.server)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", sandbox.path("registry.py")]
        process.currentDirectoryURL = sandbox.folder
        // It ends when nobody holds its input any more.
        let input = Pipe()
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { try? input.fileHandleForWriting.close() }
        var port = ""
        for _ in 0..<200 where port.isEmpty {
            try await Task.sleep(for: .milliseconds(50))
            port = sandbox.read("port")
        }
        let registry = "127.0.0.1:\(port)"
        let pair = Data("ci:pass word\"".utf8).base64EncodedString()
        try sandbox.write("config.json", #"{"auths":{"\#(registry)":{"auth":"\#(pair)"}}}"#)
        var bundle = try bundle(Self.digest(manifest))
        bundle.container?.image = "\(registry)/shop/web"
        let transport = CurlTransport(variables: ["DOCKER_CONFIG": sandbox.folder.path])
        let check = RegistryCheck(transport: transport, insecure: [registry])
        let report = try #require(await check.look(at: [bundle], for: { [] }).first)
        #expect(report.problem == nil)
        #expect(report.missing == ["the layer sha256:layer-a"])
        // Nobody said that it may be asked in the clear.
        let strict = RegistryCheck(transport: transport, insecure: [])
        let refused = try #require(await strict.look(at: [bundle], for: { [] }).first)
        #expect(refused.problem?.contains("curl: (35)") == true, "\(refused)")
    }

    private static let server = """
        import base64, http.server, os, sys, threading
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0))).start()
        want = "Basic " + base64.b64encode(b'ci:pass word"').decode()
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_): pass
            def say(self, code, body=b"", **headers):
                self.send_response(code)
                for name, value in headers.items(): self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD": self.wfile.write(body)
            def do_GET(self):
                given = self.headers.get("Authorization", "")
                if self.path.startswith("/token"):
                    return self.say(200, b'{"token":"t1"}') if given == want else self.say(401)
                if given != "Bearer t1":
                    realm = f"http://{self.headers['Host']}/token"
                    return self.say(401, WWW_Authenticate=f'Bearer realm="{realm}",service="r"')
                if "/manifests/sha256:" in self.path and "oci.image.index" in str(self.headers.get_all("Accept")):
                    return self.say(200, open("manifest", "rb").read())
                if "/blobs/sha256:config" in self.path: return self.say(200)
                self.say(404)
            do_HEAD = do_GET
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        open("port.new", "w").write(str(server.server_address[1]))
        os.rename("port.new", "port")
        server.serve_forever()
        """
}
