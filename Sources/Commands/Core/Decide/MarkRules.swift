package import CommandPorts
internal import Ledger
internal import LedgerText
internal import Projections

/// Fences and pins.
package enum MarkRules {
    static func raise(
        _ releases: [Release], _ reason: String, _ fixes: [ServiceName: [Revision]],
        in situation: Situation
    ) throws(Refusal) -> [Event] {
        try needReason(reason)
        let view = situation.environment
        // An existing fence can record which commit fixes it.
        let open = releases.filter { release in
            guard let fence = view.fence(against: release) else { return true }
            return !Set(fixes[release.service] ?? []).isSubset(of: fence.fixes)
        }
        if open.isEmpty, let release = releases.first, let fence = view.fence(against: release) {
            throw Refusal(
                .notPossible,
                "\(release.service) \(release.title) is already fenced in \(view.name)",
                cause: "entry \(fence.entry), by \(fence.by): \(fence.reason)",
                hint: Hint(
                    "to name the commit that fixes it",
                    run:
                        "ledger fence raise \(shell: release.title) -e \(shell: view.name) --fixed-by REVISION --reason …"
                ))
        }
        return open.map { release in
            // The existing mark stays, even if its release has another name now.
            let fence = view.fence(against: release)
            let marked = fence?.release ?? release
            let known = fence?.fixes ?? []
            let all = known + (fixes[release.service] ?? []).filter { !known.contains($0) }
            return .fenceRaised(
                Fence(
                    environment: view.name, service: marked.service, tag: marked.tag,
                    digest: marked.digest, revision: marked.revision, reason: reason,
                    fixedBy: all.isEmpty ? nil : all))
        }
    }

    static func pin(
        _ releases: [Release], _ reason: String, in situation: Situation
    ) throws(Refusal) -> [Event] {
        try needReason(reason)
        var events: [Event] = []
        for release in releases {
            guard let tag = release.tag else {
                throw Refusal(
                    .invalid, "a pin requires a tag",
                    hint: "name the release by its tag, not by its digest")
            }
            events.append(
                .pinSet(
                    Pin(
                        environment: situation.environment.name, service: release.service,
                        tag: tag, digest: release.digest, reason: reason)))
        }
        return events
    }

    static func remove(
        _ kind: Mark.Kind, _ tag: String, _ service: ServiceName?, _ reason: String,
        in situation: Situation
    ) throws(Refusal) -> [Event] {
        try needReason(reason)
        let view = situation.environment
        let marks = view.marks.filter { mark in
            guard mark.kind == kind, let release = mark.release else { return false }
            return release.isCalled(tag) && (service == nil || release.service == service)
        }
        if marks.isEmpty {
            let known = view.marks.filter { $0.kind == kind }.compactMap { $0.release?.title }
            throw Refusal(
                .unknownName, "there is no \(kind.rawValue) on \(tag) in \(view.name)",
                cause: known.isEmpty
                    ? "\(view.name) has no \(kind.rawValue)"
                    : "known: \(known.joined(separator: ", "))",
                hint: nearest(to: tag, among: known).map { "did you mean \($0)?" })
        }
        return marks.compactMap { mark -> Event? in
            guard let release = mark.release else { return nil }
            switch kind {
            case .fence:
                return .fenceLifted(
                    Fence(
                        environment: view.name, service: release.service, tag: release.tag,
                        digest: release.digest, revision: release.revision, reason: reason))
            case .pin:
                return release.tag.map {
                    .pinRemoved(
                        Pin(
                            environment: view.name, service: release.service, tag: $0,
                            digest: release.digest, reason: reason))
                }
            case .freeze, .bypass: return nil
            }
        }
    }

    static func freeze(
        _ reason: String, until: Timestamp?, in situation: Situation
    ) throws(Refusal) -> [Event] {
        try needReason(reason)
        let view = situation.environment
        if let until, until <= situation.clock {
            throw Refusal(
                .invalid, "\(until) is in the past",
                hint: "write a later time, or a duration: --until 6h")
        }
        if let freeze = view.freeze(at: situation.clock) {
            throw Refusal(
                .notPossible, "\(view.name) is already frozen: \(freeze.reason)",
                cause: "entry \(freeze.entry), by \(freeze.by)"
                    + (freeze.until.map { ", until \($0)" } ?? ""),
                hint:
                    Hint(
                        "to replace it, first end it",
                        run: "ledger freeze end -e \(shell: view.name) --reason …")
            )
        }
        return [.freezeStarted(Freeze(environment: view.name, reason: reason, until: until))]
    }

    static func endFreeze(
        _ reason: String, in situation: Situation
    ) throws(Refusal) -> [Event] {
        try needReason(reason)
        let view = situation.environment
        guard view.freeze(at: situation.clock) != nil else {
            throw Refusal(
                .notPossible, "\(view.name) is not frozen",
                hint: Hint("list the freezes", run: "ledger freeze list"))
        }
        return [.freezeEnded(Freeze(environment: view.name, reason: reason))]
    }

    /// Every override requires a reason.
    package static func needReason(_ reason: String) throws(Refusal) {
        if reason.isBlank {
            throw Refusal(.invalid, "a reason is required", hint: "--reason \"…\"")
        }
    }
}
