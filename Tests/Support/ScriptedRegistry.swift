public import CommandPorts
public import Synchronization

/// Registries, as a table of what they answer.
public final class ScriptedRegistry: RegistryTransport {
    public let answers = Mutex<[String: HTTPResponse]>([:])
    public let asked = Mutex<[HTTPRequest]>([])
    public let known: RegistryLogin?

    public init(login: RegistryLogin? = nil) { known = login }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        asked.withLock { $0.append(request) }
        let method = request.method == .head ? "HEAD " : ""
        if let answer = answers.withLock({ $0[method + request.address] }) { return answer }
        return HTTPResponse(status: 404)
    }

    public func login(for name: String) async throws -> RegistryLogin? { known }

    public func put(_ address: String, _ text: String) {
        answers.withLock { $0[address] = HTTPResponse(status: 200, body: Array(text.utf8)) }
    }
}
