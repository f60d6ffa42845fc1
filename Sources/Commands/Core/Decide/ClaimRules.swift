package import CommandPorts
package import Ledger
internal import LedgerText

/// Facts that nobody can record by hand: `ledger` writes them itself after it has checked its
/// rules.
package enum ClaimRules {
    package static func refuse(_ kind: String, _ fields: JSONValue) throws(Refusal) {
        if let verb = EventKind(rawValue: kind).flatMap(verb) {
            throw Refusal(
                .invalid, "\(kind) cannot be recorded by hand",
                cause: "only `ledger \(verb)` writes it, after it has checked its rules",
                hint: Hint("instead", run: "ledger \(verb)"))
        }
        // Only the bundle that its own deploy kept makes a release a rollback target.
        if fields["bundle"] != nil {
            throw Refusal(
                .invalid, "\"bundle\" cannot be recorded",
                cause: "only `ledger deploy` can create a bundle",
                hint: "omit it; to make the release a rollback target, deploy it with "
                    + "`ledger deploy`")
        }
        // Only an observation shows that a release runs; a statement does not.
        let claims = [("verified", ".finished"), ("putBack", ".failed")]
        let claim = claims.first { fields[$0.0]?.bool == true && kind.ends(with: $0.1) }
        guard let claim else { return }
        throw Refusal(
            .invalid, "\"\(claim.0)\" cannot be recorded",
            cause: "only an observation can show that a release runs",
            hint: Hint(
                "record the observation", run: "ledger record host.observed --host … --digest …"))
    }

    /// A commit's parents as read by git override all other sources. Only the import that read the
    /// repository may record them.
    package static func refuse(_ source: Source?) throws(Refusal) {
        guard source?.name == Source.git else { return }
        throw Refusal(
            .invalid, "the source \"\(Source.git)\" cannot be recorded by hand",
            cause: "it marks data that `ledger import git` read from a repository",
            hint: "use ledger import git, or name another source")
    }

    /// The verb that writes a kind which cannot be recorded by hand.
    private static func verb(_ kind: EventKind) -> String? {
        switch kind {
        case .deployPlanned: "plan deploy"
        case .revertPlanned: "plan revert"
        case .deployApproved, .revertApproved: "approve"
        case .approvalBypassed: "approve --break-glass"
        case .approvalReviewed: "approve --review"
        case .deployAbandoned, .revertAbandoned: "runs abandon"
        case .stepStarted, .stepFinished, .leaseGranted, .leaseTaken, .leaseReleased: "deploy"
        case .fenceRaised: "fence raise"
        case .fenceLifted: "fence lift"
        case .pinSet: "pin set"
        case .pinRemoved: "pin remove"
        case .eventCorrected: "correct"
        case .payloadRedacted: "redact"
        case .targetChecked: "targets --check"
        case .deliveryReceived: "import"
        // A hand-recorded key change would let its author sign as the ledger.
        case .keyChanged: "key new"
        case .ledgerMerged: "merge"
        default: nil
        }
    }
}
