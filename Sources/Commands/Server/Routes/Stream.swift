internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Synchronization

extension Route {
    /// New entries as they come (server-sent events, HTML Living Standard 9.2). The id of an event
    /// is the sequence of its entry: after a lost connection `Last-Event-ID` goes on without a gap.
    static let stream = Route(
        method: "GET", path: "/v1/entries/stream", access: .right(.read), limit: 0
    ) { visit in
        guard try visit.signedIn().may(.read, in: nil) else {
            throw Problem(.forbidden, "forbidden", "\(try visit.signedIn().name) may not read")
        }
        let store = visit.ledger.store
        var after = try await store.head().sequence
        if let text = visit.request.headers["last-event-id"] ?? visit.request.value(of: "after") {
            guard let number = Int(text), number >= 0 else {
                return .refused(400, "invalid", "`after` is not the number of an entry")
            }
            after = number
        }
        return ServerReply(
            status: 200,
            headers: [("content-type", "text/event-stream"), ("cache-control", "no-store")],
            body: .parts(events(after: after, store)))
    }

    /// How often a quiet stream says that it lives, in polls.
    private static let quietPolls = 75

    private static func events(
        after: Int, _ store: any EventReader
    ) -> AsyncThrowingStream<[UInt8], any Error> {
        let place = Mutex((after: after, quiet: 0))
        // Pulled, not pushed: a slow reader makes nothing wait but itself.
        return AsyncThrowingStream {
            while !Task.isCancelled {
                let after = place.withLock { $0.after }
                let page = try await store.page(
                    EntryFilter(), .oldestFirst, after: after, limit: 100)
                if let last = page.last {
                    place.withLock { $0 = (last.sequence, 0) }
                    return page.flatMap { entry in
                        Array(
                            "id: \(entry.sequence)\ndata: \(Canonical.text(entry.json))\n\n".utf8)
                    }
                }
                let isQuiet = place.withLock { place in
                    place.quiet += 1
                    return place.quiet.isMultiple(of: quietPolls)
                }
                if isQuiet { return Array(":\n\n".utf8) }
                try await Task.sleep(for: .milliseconds(200))
            }
            return nil
        }
    }
}

extension ServerRequest {
    /// A parameter of the query, as it was sent.
    func value(of name: String) -> String? {
        for part in query.parts(separator: "&") where part.begins(with: name + "=") {
            return String(part.dropFirst(name.count + 1))
        }
        return nil
    }
}
