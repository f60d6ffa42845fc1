internal import CommandSecrets
public import Ledger

/// A delivery that was read: its body, and the facts that it tells of.
public struct ReadDelivery: Sendable {
    /// Who sent it: `github`.
    public var from: String
    /// What the sender calls the event: `push`.
    public var name: String
    /// What the sender calls this delivery; its body's hash if it does not.
    public var id: String?
    public var body: [UInt8]
    /// The same as a value.
    public var json: JSONValue
    public var facts: [Fact]
    /// Why it tells of no fact, or not of all that it speaks of.
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

/// What became of a delivery.
public struct DeliveryResult: Hashable, Sendable {
    /// Whether it had come before.
    public var isKnown: Bool
    /// How many entries are new, its own not counted.
    public var facts: Int

    public init(isKnown: Bool, facts: Int) {
        self.isKnown = isKnown
        self.facts = facts
    }
}

/// Deliveries without secrets, as the entries that they will be.
public struct PreparedDeliveries: Sendable {
    fileprivate let all: [PreparedDelivery]
}

/// A delivery's entry to be, its facts' and its body.
fileprivate struct PreparedDelivery: Sendable {
    var delivery: Draft?
    var facts: [(draft: Draft, stream: StreamName)]
    var body: Content
}

extension Recorder {
    /// Keeps deliveries with the facts that they tell of, all or none. A delivery that came before
    /// is not kept again; a fact that was told before stays as it was told first, since senders
    /// tell the same with other words: what they say now stands in the body that is kept.
    ///
    /// Throws `Refusal` or `StoreProblem`: `.contradiction` if the sender gave one name to two
    /// different bodies.
    public func record(_ deliveries: [ReadDelivery]) async throws -> [DeliveryResult] {
        try await record(prepare(deliveries))
    }

    /// The same in two steps: the first writes nothing, and may be taken while others are written.
    public func prepare(_ deliveries: [ReadDelivery]) throws -> PreparedDeliveries {
        PreparedDeliveries(all: try deliveries.map(prepare))
    }

    /// Keeps what was prepared; see `record`.
    public func record(_ deliveries: PreparedDeliveries) async throws -> [DeliveryResult] {
        if let together = Self.together(deliveries.all) {
            do { return try await keep(together) } catch let problem as StoreProblem {
                guard case .contradiction = problem.kind else { throw problem }
            }
        }
        // One of them tells something otherwise than before: it is found by keeping each alone.
        var results: [DeliveryResult] = []
        for one in deliveries.all { results += try await settle(one) }
        return results
    }

    /// The same without what one of them tells a second time; `nil` if one name stands for two
    /// bodies.
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
        // What was known already came back as the entry that it was, under another id.
        let new = appends.isEmpty ? [] : Set(try await store.append(appends).map(\.id))
        return prepared.map { one in
            DeliveryResult(
                isKnown: one.delivery.map { !new.contains($0.id) } ?? true,
                facts: one.facts.count { new.contains($0.draft.id) })
        }
    }

    /// Keeps one delivery without what the ledger has otherwise already.
    private func settle(_ prepared: PreparedDelivery) async throws -> [DeliveryResult] {
        var prepared = prepared
        while true {
            do { return try await keep([prepared]) } catch let problem as StoreProblem {
                guard case .contradiction(let place) = problem.kind,
                    let existing = try await store.entry(at: place)
                else { throw problem }
                if existing.draft.source == prepared.delivery?.source {
                    guard existing.draft.body == prepared.delivery?.body else { throw problem }
                    // The same bytes, which an earlier ledger understood otherwise.
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
