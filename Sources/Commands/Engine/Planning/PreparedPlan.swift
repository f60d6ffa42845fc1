public import Commands
public import Ledger
internal import LedgerText

/// A plan with all that the ledger must keep for it.
public struct PreparedPlan: Sendable {
    public let plan: Plan
    public let hash: ContentHash
    public let contents: [Content]
    /// What the services use, also those that have nothing to do.
    public let bundles: [Bundle]
    /// What the hosts were seen to be like; empty before anybody looked.
    public var reports: [HostReport] = []
    /// What registries have of the images.
    public var registries: [RegistryReport] = []
}

extension PreparedPlan {
    /// The same with a plan that does the same.
    public func carrying(_ plan: Plan) throws -> PreparedPlan {
        let content = try plan.content()
        var prepared = PreparedPlan(
            plan: plan, hash: content.hash, contents: contents, bundles: bundles)
        prepared.reports = reports
        prepared.registries = registries
        return prepared
    }

    /// The same plan with what was seen on its hosts and in registries, and what is to be said of
    /// it.
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
