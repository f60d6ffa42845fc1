internal import FoundationEssentials
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
            return MappedDelivery(event, reason: "unsupported CloudEvents version \(version)")
        }
        let data = isStructured ? try data(of: fields) : fields.body
        if event.begins(with: "dev.cdevents") {
            return try CDEventDeliveries.map(fields.part(data))
        }
        return MappedDelivery(
            event, reason: "ledger does not know the event \(event)", id: "\(source) \(id)")
    }

    /// The data of a structured event: as JSON, or as bytes that are JSON by their content type
    /// (CloudEvents JSON format 1.0.2, 3.1.1 and 3.1.2).
    private static func data(of fields: DeliveryFields) throws(DeliveryProblem) -> JSONValue {
        guard let text = fields.text("data_base64") else { return fields.body["data"] ?? .null }
        let type = fields.text("datacontenttype") ?? "application/json"
        guard let bytes = Data(base64Encoded: text) else {
            throw DeliveryProblem(
                "data_base64 is not base64", hint: "configure the sender to encode by RFC 4648")
        }
        guard type.lowercased().holds("json") else { return .null }
        do { return try JSONValue(parsing: bytes) } catch {
            throw DeliveryProblem(
                "the content of data_base64 is not JSON: \(error)",
                hint: "its datacontenttype is \(type.prefix(60))")
        }
    }
}
