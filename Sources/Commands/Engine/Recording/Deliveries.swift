internal import CommandSecrets
public import Ledger

/// A parsed delivery: its body, and the facts that it contains.
public struct ReadDelivery: Sendable {
    /// Who sent it: `github`.
    public var from: String
    /// The sender's name of the event: `push`.
    public var name: String
    /// The sender's id of this delivery; the hash of the body if it has none.
    public var id: String?
    public var body: [UInt8]
    /// The body as a JSON value.
    public var json: JSONValue
    public var facts: [Fact]
    /// Why it contains no fact, or only some of the facts that it mentions.
    public var reason: String?
    /// True if a signature or a shared secret proved who sent it.
    public var isProven: Bool

    public init(
        from: String, name: String, id: String?, body: [UInt8], json: JSONValue, facts: [Fact],
        reason: String?, isProven: Bool
    ) {
        self.from = from
        self.name = name
        self.id = id
        self.body = body
        self.json = json
        self.facts = facts
        self.reason = reason
        self.isProven = isProven
    }
}

/// The result of a delivery.
public struct DeliveryResult: Hashable, Sendable {
    /// Whether it was already recorded.
    public var isKnown: Bool
    /// The number of new entries, without the delivery's own.
    public var facts: Int

    public init(isKnown: Bool, facts: Int) {
        self.isKnown = isKnown
        self.facts = facts
    }
}

/// Deliveries without secrets, as drafts of their entries.
public struct PreparedDeliveries: Sendable {
    fileprivate let all: [PreparedDelivery]
}

/// The drafts of a delivery's entry and of its facts, and its body.
fileprivate struct PreparedDelivery: Sendable {
    var delivery: Draft?
    var facts: [(draft: Draft, stream: StreamName)]
    var body: Content
}

extension Recorder {
    /// Records deliveries with their facts: all or none. A delivery that is already recorded is not
    /// recorded again. A recorded fact keeps its first form, since senders repeat facts in other
    /// words. The repeated form is in the recorded body.
    ///
    /// Throws `Refusal` or `StoreProblem`: `.contradiction` if the sender used one id for two
    /// different bodies.
    public func record(_ deliveries: [ReadDelivery]) async throws -> [DeliveryResult] {
        try await record(prepare(deliveries))
    }

    /// `record` in two steps: the first one writes nothing, and may run while other deliveries are
    /// written.
    public func prepare(_ deliveries: [ReadDelivery]) throws -> PreparedDeliveries {
        PreparedDeliveries(all: try deliveries.map(prepare))
    }

    /// Records prepared deliveries; see `record`.
    public func record(_ deliveries: PreparedDeliveries) async throws -> [DeliveryResult] {
        if let together = Self.together(deliveries.all) {
            do { return try await keep(together) } catch let problem as StoreProblem {
                guard case .contradiction = problem.kind else { throw problem }
            }
        }
        // One of them contradicts an earlier fact: recording each alone finds it.
        var results: [DeliveryResult] = []
        for one in deliveries.all { results += try await settle(one) }
        return results
    }

    /// The deliveries without repeated facts; `nil` if one id has two different bodies.
    private static func together(_ prepared: [PreparedDelivery]) -> [PreparedDelivery]? {
        var bodies: [Source: ContentHash] = [:]
        var told: Set<Source> = []
        var together = prepared
        for (index, one) in prepared.enumerated() {
            guard let source = one.delivery?.source else { continue }
            if let body = bodies.updateValue(one.body.hash, forKey: source) {
                if body != one.body.hash { return nil }
                together[index].delivery = nil
            }
            together[index].facts.removeAll { fact in
                fact.draft.source.map { !told.insert($0).inserted } ?? false
            }
        }
        return together
    }

    private func prepare(_ read: ReadDelivery) throws -> PreparedDelivery {
        let clean = secretFilter.cleaned(read.json)
        let content = Content(clean.map(Canonical.bytes) ?? read.body)
        let payload = Delivery(
            from: read.from, name: secretFilter.redacted(read.name), body: content.hash,
            bytes: content.bytes.count, facts: read.facts.count,
            reason: read.reason.map { secretFilter.redacted($0) },
            proven: read.isProven ? true : nil, cleaned: clean.map { _ in true })
        let id = "delivery " + (read.id ?? content.hash.rawValue)
        let (delivery, _) = try draft(
            of: Fact(.received(payload), source: Source(name: read.from, id: id)))
        let facts = try read.facts.map { fact in
            var (draft, stream) = try draft(of: fact)
            draft.cause = delivery.id
            return (draft, stream)
        }
        return PreparedDelivery(delivery: delivery, facts: facts, body: content)
    }

    private func keep(_ prepared: [PreparedDelivery]) async throws -> [DeliveryResult] {
        var appends: [Append] = []
        for one in prepared {
            if let delivery = one.delivery {
                appends.append(
                    Append([delivery], to: .general, expecting: .any, keeping: [one.body]))
            }
            appends += one.facts.map { Append([$0.draft], to: $0.stream, expecting: .any) }
        }
        // A known fact came back as its existing entry, which has another id.
        let new = appends.isEmpty ? [] : Set(try await store.append(appends).map(\.id))
        return prepared.map { one in
            DeliveryResult(
                isKnown: one.delivery.map { !new.contains($0.id) } ?? true,
                facts: one.facts.count { new.contains($0.draft.id) })
        }
    }

    /// Records one delivery without the facts that the ledger has in another form.
    private func settle(_ prepared: PreparedDelivery) async throws -> [DeliveryResult] {
        var prepared = prepared
        while true {
            do { return try await keep([prepared]) } catch let problem as StoreProblem {
                guard case .contradiction(let place) = problem.kind,
                    let existing = try await store.entry(at: place)
                else { throw problem }
                if existing.draft.source == prepared.delivery?.source {
                    guard existing.draft.body == prepared.delivery?.body else { throw problem }
                    // The same bytes, which an earlier version of ledger parsed differently.
                    prepared.delivery = nil
                    for index in prepared.facts.indices {
                        prepared.facts[index].draft.cause = existing.id
                    }
                } else {
                    prepared.facts.removeAll { $0.draft.source == existing.draft.source }
                }
            }
        }
    }
}

extension Draft {
    /// The body of a delivery, in its payload.
    fileprivate var body: String? { (try? JSONValue(parsing: payload))?["body"]?.string }
}
