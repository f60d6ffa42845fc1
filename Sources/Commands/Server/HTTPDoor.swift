internal import HTTPTypes
internal import Hummingbird
internal import Ledger
internal import LedgerText
internal import Logging
internal import NIOCore

/// What Hummingbird knows of a connection.
struct DoorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let address: String

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? ""
    }
}

/// Reads requests from the network and writes answers to it.
struct HTTPDoor: HTTPResponder {
    let dispatcher: Dispatcher

    /// How long a client may take to send a body, in seconds.
    private static let bodySeconds = 30.0

    func respond(to request: Request, context: DoorContext) async throws -> Response {
        var asked = Self.head(of: request, context)
        let length = request.headers[.contentLength].flatMap { Int($0) }
        switch dispatcher.admit(asked, length: length) {
        case .refused(let reply):
            // The rest is not read: the connection ends here.
            return Self.response(reply, isLast: true)
        case .admitted(let route, let caller):
            do {
                guard let body = try await Self.body(of: request, limit: route.limit) else {
                    return Self.response(
                        .refused(413, "length", "the body is larger than \(route.limit) bytes"),
                        isLast: true)
                }
                asked.body = body
            } catch is Late {
                return Self.response(
                    .refused(408, "late", "the body did not arrive in time"), isLast: true)
            }
            let reply = await dispatcher.answer(asked, route, caller)
            return Self.response(reply, isLast: false)
        }
    }

    private static func head(of request: Request, _ context: DoorContext) -> ServerRequest {
        var headers: [String: String] = [:]
        for field in request.headers {
            let name = field.name.canonicalName
            headers[name] = headers[name].map { "\($0), \(field.value)" } ?? field.value
        }
        headers["host"] = request.head.authority ?? headers["host"]
        let parts = request.uri.string.parts(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return ServerRequest(
            method: request.method.rawValue, path: String(parts.first ?? ""),
            query: parts.count > 1 ? String(parts[1]) : "", headers: headers,
            address: context.address)
    }

    private struct Late: Error {}

    /// The bytes of the body; `nil` if there are more than allowed. Throws `Late`.
    private static func body(of request: Request, limit: Int) async throws -> [UInt8]? {
        try await withThrowingTaskGroup(of: [UInt8]??.self) { group in
            let body = request.body
            group.addTask {
                var bytes: [UInt8] = []
                for try await part in body {
                    guard bytes.count + part.readableBytes <= limit else { return .some(nil) }
                    bytes.append(contentsOf: part.readableBytesView)
                }
                return .some(bytes)
            }
            group.addTask {
                try await Task.sleep(for: .seconds(bodySeconds))
                return .none
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let read = first else { throw Late() }
            return read
        }
    }

    private static func response(_ reply: ServerReply, isLast: Bool) -> Response {
        var headers = HTTPFields()
        for (name, value) in reply.headers {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        headers[.xContentTypeOptions] = "nosniff"
        if isLast { headers[.connection] = "close" }
        let body: ResponseBody
        switch reply.body {
        case .bytes(let bytes): body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        case .parts(let parts):
            body = ResponseBody { writer in
                for try await part in parts { try await writer.write(ByteBuffer(bytes: part)) }
                try await writer.finish(nil)
            }
        }
        return Response(
            status: HTTPResponse.Status(code: reply.status), headers: headers, body: body)
    }
}
