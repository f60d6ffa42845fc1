internal import Ledger

/// Alertmanager's webhook (prometheus.io, "webhook_config", version 4).
enum AlertDeliveries {
    static func map(_ fields: DeliveryFields) -> MappedDelivery {
        guard fields.body["alerts"]?.array != nil else {
            return MappedDelivery("unknown", reason: "the body has no list \"alerts\"")
        }
        var facts: [Fact] = []
        var reasons: [String] = []
        // The group's own status is ignored: a firing group can contain resolved alerts.
        for alert in fields.parts("alerts") {
            do { facts.append(try fact(alert)) } catch {
                reasons.append((error as? Unmapped)?.reason ?? "\(error)")
            }
        }
        if let hidden = fields.number("truncatedAlerts"), hidden > 0 {
            reasons.append("Alertmanager left out \(hidden) alerts of the group: raise max_alerts")
        }
        return MappedDelivery("alerts", facts, reason: reasons.first)
    }

    private static func fact(_ alert: DeliveryFields) throws -> Fact {
        let name = try alert.needText("labels.alertname")
        let print = try alert.needText("fingerprint")
        let began = try alert.needText("startsAt")
        let incident = Incident(
            name: name,
            environment: alert.text("labels.environment", "labels.env")
                .flatMap(EnvironmentName.init(rawValue:)),
            service: alert.context.service
                ?? alert.text("labels.service", "labels.job").flatMap(ServiceName.init(rawValue:)),
            severity: alert.text("labels.severity"),
            summary: alert.text("annotations.summary", "annotations.description"),
            url: alert.text("annotations.runbook_url", "generatorURL"), incident: print)
        let id = "\(print) \(began)"
        switch alert.text("status") {
        case "firing":
            return alert.fact(
                .incidentOpened(incident), .alertmanager, id, time: alert.time("startsAt"))
        case "resolved":
            return alert.fact(
                .incidentResolved(incident), .alertmanager, "\(id) resolved",
                time: alert.time("endsAt"))
        default: throw Unmapped("the alert is neither firing nor resolved")
        }
    }
}
