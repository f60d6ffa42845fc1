internal import Commands
internal import Ledger
internal import LedgerText

/// CloudEvents 1.0, structured or binary (github.com/cloudevents/spec, "HTTP Protocol Binding").
enum CloudEventDeliveries {
    static func map(_ fields: DeliveryFields) throws(DeliveryProblem) -> MappedDelivery {
        let type = fields.headers["content-type"] ?? ""
        let isStructured =
            type.holds("cloudevents") || (fields.headers["ce-specversion"] == nil)
        func attribute(_ name: String) -> String? {
            isStructured ? fields.text(name) : fields.headers["ce-\(name)"]
        }
        guard let version = attribute("specversion"), let event = attribute("type"),
            let id = attribute("id"), let source = attribute("source")
        else {
            return MappedDelivery(
                "unknown", reason: "specversion, type, id or source of a CloudEvent is missing")
        }
        guard version == "1.0" else {
            return MappedDelivery(event, reason: "ledger knows CloudEvents 1.0, not \(version)")
        }
        let data = isStructured ? fields.body["data"] ?? .null : fields.body
        if event.begins(with: "dev.cdevents") {
            return try CDEventDeliveries.map(fields.part(data))
        }
        return MappedDelivery(
            event, reason: "ledger does not know the event \(event)", id: "\(source) \(id)")
    }
}
