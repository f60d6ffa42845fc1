internal import CommandEngine
internal import CommandImporters
internal import CommandPorts
internal import Commands
internal import FoundationEssentials
internal import Ledger
internal import LedgerOperations
internal import LedgerText

extension Routes {
    /// Webhooks: a delivery is kept with its facts, durably, before it is answered.
    static let hooks: [Route] = [
        Route(
            method: "POST", path: "/hooks/*",
            access: .open("each delivery proves who sent it, before anything is kept"),
            limit: Limits.contentBytes
        ) { visit in
            guard let hook = visit.ledger.settings.hooks[visit.name],
                let sender = Sender(rawValue: hook.sender)
            else {
                return .refused(
                    404, "unknownHook", "there is no webhook with this name",
                    hint: "name it under `hooks:` in ledgerd.yaml")
            }
            return try await WebhookDelivery(sender, hook).take(visit)
        }
    ]
}

/// One delivery of a webhook.
private struct WebhookDelivery {
    private let sender: Sender
    private let hook: Settings.Hook

    init(_ sender: Sender, _ hook: Settings.Hook) {
        self.sender = sender
        self.hook = hook
    }

    func take(_ visit: Visit) async throws -> ServerReply {
        var raw = RawDelivery(
            headers: visit.request.headers, body: visit.request.body, place: visit.request.path)
        if let refusal = try unproven(raw, visit.ledger) { return refusal }
        raw.body = try json(raw)
        let context = DeliveryContext(
            now: visit.ledger.surroundings.now(), services: visit.ledger.services)
        let mapped = try sender.map(raw, context)
        let read = ReadDelivery(
            from: sender.rawValue, name: mapped.name, id: mapped.id, body: raw.body,
            json: mapped.json, facts: mapped.facts, reason: mapped.reason, isProven: true)
        let recorder = visit.ledger.recorder(
            for: Author(name: "hook:\(visit.name)", known: .authenticated))
        let result = try await recorder.record([read])[0]
        var answer: [String: JSONValue] = [
            "event": .string(mapped.name), "facts": JSONValue(result.facts),
            "isKnown": .bool(result.isKnown),
        ]
        answer["reason"] = mapped.reason.map { .string($0) }
        // A sender that gets an error would send the delivery again, or switch the hook off.
        let status = mapped.reason != nil && mapped.facts.isEmpty && !result.isKnown ? 202 : 200
        return .json(Canonical.text(.object(answer)), status: status)
    }

    /// Tries every secret; the answer is `nil` if one of them proves the delivery. The reason is
    /// not told to somebody who may be nobody.
    private func unproven(_ raw: RawDelivery, _ ledger: ServedLedger) throws -> ServerReply? {
        var isProven = false
        for file in hook.secretFiles {
            guard let data = FileManager.default.contents(atPath: ledger.path(file)) else {
                throw Problem(
                    .failed, "secret", "a secret of this webhook cannot be read",
                    hint: "check `secret-files` in ledgerd.yaml, and the permissions of the files")
            }
            // Every secret is tried, so that the time does not tell which one fits.
            if (try? DeliverySecret(file: data).prove(raw, from: sender)) != nil { isProven = true }
        }
        if isProven { return nil }
        return .problem(
            Problem(.signedOut, "unproven", "the delivery does not prove who sent it"))
    }

    /// The JSON of a delivery: GitHub's hooks are forms unless someone chooses JSON.
    private func json(_ raw: RawDelivery) throws -> [UInt8] {
        let type = raw.headers["content-type"] ?? ""
        guard type.begins(with: "application/x-www-form-urlencoded") else { return raw.body }
        for part in raw.body.split(separator: UInt8(ascii: "&")) where part.starts(with: Self.name)
        {
            guard let body = Percent.formValue(part.dropFirst(Self.name.count)) else { break }
            return body
        }
        throw Refusal(
            .invalid, "the form has no valid field `payload`",
            hint: "set the content type of the webhook to application/json")
    }

    private static let name = Array("payload=".utf8)
}
