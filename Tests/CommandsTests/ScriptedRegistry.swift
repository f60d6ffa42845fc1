import Commands
import Synchronization

/// Registries, as a table of what they answer.
final class ScriptedRegistry: RegistryTransport {
    let answers = Mutex<[String: HTTPResponse]>([:])
    let asked = Mutex<[HTTPRequest]>([])
    let known: RegistryLogin?

    init(login: RegistryLogin? = nil) { known = login }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        asked.withLock { $0.append(request) }
        let method = request.method == .head ? "HEAD " : ""
        if let answer = answers.withLock({ $0[method + request.address] }) { return answer }
        return HTTPResponse(status: 404)
    }

    func login(for name: String) async throws -> RegistryLogin? { known }

    func put(_ address: String, _ text: String) {
        answers.withLock { $0[address] = HTTPResponse(status: 200, body: Array(text.utf8)) }
    }
}
