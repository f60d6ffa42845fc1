package import CommandPorts
package import Ledger
internal import LedgerText

/// What nobody can simply say: facts that ledger itself makes, after its rules have been kept.
package enum ClaimRules {
    package static func refuse(_ kind: String, _ fields: JSONValue) throws(Refusal) {
        if let verb = EventKind(rawValue: kind).flatMap(verb) {
            throw Refusal(
                .invalid, "\(kind) cannot be recorded by hand",
                cause: "`ledger \(verb)` writes it, when its rules have been kept",
                hint: "use ledger \(verb)")
        }
        // What leads back to a release is what its own deploy kept.
        if fields["bundle"] != nil {
            throw Refusal(
                .invalid, "\"bundle\" cannot be recorded",
                cause: "a bundle is only what a deploy of `ledger` itself has kept",
                hint: "leave it out; to be able to roll back to the release, deploy it with "
                    + "`ledger deploy`")
        }
        // That a release was seen running follows from an observation, not from somebody's word.
        let claims = [("verified", ".finished"), ("putBack", ".failed")]
        let claim = claims.first { fields[$0.0]?.bool == true && kind.ends(with: $0.1) }
        guard let claim else { return }
        throw Refusal(
            .invalid, "\"\(claim.0)\" cannot be recorded",
            cause: "that a release runs is believed only when it was seen",
            hint: "record what was seen: ledger record host.observed --host … --digest …")
    }

    /// What git itself tells of a commit's parents counts before all other words: only the import
    /// that asked git may say so.
    package static func refuse(_ source: Source?) throws(Refusal) {
        guard source?.name == Source.git else { return }
        throw Refusal(
            .invalid, "the source \"\(Source.git)\" cannot be recorded by hand",
            cause: "it stands for what `ledger import git` read from a repository",
            hint: "use ledger import git, or name another source")
    }

    /// The verb that writes a kind which nobody else writes. What others do is recorded; what
    /// ledger does is done.
    private static func verb(_ kind: EventKind) -> String? {
        switch kind {
        case .deployPlanned: "plan deploy"
        case .revertPlanned: "plan revert"
        case .deployApproved, .revertApproved: "approve"
        case .approvalBypassed: "approve --break-glass"
        case .approvalReviewed: "approve --review"
        case .deployAbandoned, .revertAbandoned: "runs abandon"
        case .stepStarted, .stepFinished, .leaseGranted, .leaseTaken, .leaseReleased: "runs resume"
        case .fenceRaised: "fence raise"
        case .fenceLifted: "fence lift"
        case .pinSet: "pin set"
        case .pinRemoved: "pin remove"
        case .eventCorrected: "correct"
        case .payloadRedacted: "redact"
        case .targetChecked: "targets --check"
        case .deliveryReceived: "import"
        // Whoever could say so would be trusted with a key of his own.
        case .keyChanged: "key new"
        case .ledgerMerged: "merge"
        default: nil
        }
    }
}
