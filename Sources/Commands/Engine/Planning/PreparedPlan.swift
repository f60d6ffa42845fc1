public import Commands
public import Ledger
internal import LedgerText

/// A plan with all contents that the ledger must keep for it.
public struct PreparedPlan: Sendable {
    public let plan: Plan
    public let hash: ContentHash
    public let contents: [Content]
    /// The bundles of the services, including services without steps.
    public let bundles: [Bundle]
    /// The observed state of the hosts; empty before preflight.
    public var reports: [HostReport] = []
    /// What registries have of the images.
    public var registries: [RegistryReport] = []
}

extension PreparedPlan {
    /// The same preparation with an equivalent plan.
    public func carrying(_ plan: Plan) throws -> PreparedPlan {
        let content = try plan.content()
        var prepared = PreparedPlan(
            plan: plan, hash: content.hash, contents: contents, bundles: bundles)
        prepared.reports = reports
        prepared.registries = registries
        return prepared
    }

    /// The same plan with the state of its hosts and registries, and with warnings.
    public func adding(
        _ warnings: [String], _ reports: [HostReport], _ registries: [RegistryReport]
    ) throws -> PreparedPlan {
        var plan = plan
        plan.warnings += warnings
        let content = try plan.content()
        var prepared = PreparedPlan(
            plan: plan, hash: content.hash, contents: contents + [content], bundles: bundles)
        prepared.reports = reports
        prepared.registries = registries
        return prepared
    }
}
