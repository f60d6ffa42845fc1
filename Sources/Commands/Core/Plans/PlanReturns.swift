internal import CommandPorts
internal import Ledger
internal import Projections

/// What a revert restores, what stays, and what is unknown: the table below every revert plan.
extension Plan {
    private func image(
        _ part: MoveParts, _ from: Release?, _ moved: Return.Fate
    ) -> (fate: Return.Fate, why: String) {
        let then = part.bundle.release
        switch (from?.digest, then.digest) {
        case (_, nil): return (.unknown, "no digest is recorded for \(then.title)")
        case (let now?, let then?) where now == then:
            let others = moves.last { $0.service == part.bundle.release.service }?.others ?? []
            let hosts = others.map(\.host.rawValue).joined(separator: ", ")
            return others.isEmpty
                ? (.unchanged, then.rawValue) : (moved, "on \(hosts) → \(short(then))")
        case (_, let then?) where part.deleted != nil:
            return (.unknown, "\(short(then)) was deleted (entry \(part.deleted ?? 0))")
        case (let now, let then?):
            let before = now.map { short($0) } ?? (from == nil ? "nothing" : "unknown")
            return (moved, "\(before) → \(short(then))")
        }
    }

    mutating func addReturns(
        _ part: MoveParts, place: Playbook.Environment
    ) {
        let service = part.bundle.release.service
        func add(_ what: String, _ fate: Return.Fate, _ why: String) {
            returns.append(Return(service: service, what: what, fate: fate, why: why))
        }
        let then = part.bundle.release
        let from = moves.last { $0.service == service }?.from
        let moved: Return.Fate = kind == .deploy ? .changes : .comesBack
        let image = image(part, from, moved)
        add("image", image.fate, image.why)
        let (fate, why) = scripts(part, moved)
        add("scripts and files", fate, why)
        values("settings", part, \.variables, part.hashes, add)
        values("secrets", part, \.secrets, part.hashes, add)
        let volumes = part.bundle.volumes.joined(separator: ", ")
        add(
            "volumes", .unchanged,
            volumes.isEmpty ? "the playbook names none" : "\(volumes) stay unchanged")
        let downs = steps.filter { $0.service == service }.compactMap(\.migration)
        if !part.migrations.isEmpty {
            let names = part.migrations.compactMap { $0.payload["name"]?.string }
            let rest = names.dropFirst(downs.count).joined(separator: ", ")
            let taken = "\(downs.joined(separator: ", ")) reverted by \(from?.title ?? "")"
            if rest.isEmpty {
                add("schema", .comesBack, taken)
            } else {
                add(
                    "schema", .unknown,
                    (downs.isEmpty ? "" : taken + "; ") + "\(rest) not reverted")
            }
        } else if !part.missing.isEmpty {
            add(
                "schema", .unknown,
                "reverted since \(then.title) ran; its steps must apply again: "
                    + part.missing.joined(separator: ", "))
        } else if part.ranUntil == nil, kind == .deploy {
            add("schema", .unknown, "the steps may change it")
        } else {
            // Nothing has checked the database, and not every team records migrations.
            add("schema", .unknown, "no migration is recorded since \(then.title) ran")
        }
        let hosts = place.hosts.map(\.rawValue).joined(separator: ", ")
        let before = part.bundle.hosts.map(\.rawValue).joined(separator: ", ")
        add(
            "hosts", .unchanged,
            hosts == before ? hosts : "now: \(hosts); \(then.title) was deployed to \(before)")
    }

    private func scripts(_ part: MoveParts, _ moved: Return.Fate) -> (Return.Fate, String) {
        let bundle = part.bundle
        var unknown: [String] = []
        if let loose = bundle.loose, !loose.isEmpty, kind == .revert {
            unknown.append("\(loose.joined(separator: ", ")): not kept; the current file is used")
        }
        if !part.stale.isEmpty {
            unknown.append(
                "\(part.stale.joined(separator: ", ")): kept in $LEDGER_BUNDLE; "
                    + "the current file in the project's folder differs")
        }
        if !unknown.isEmpty { return (.unknown, unknown.joined(separator: "; ")) }
        let steps = kind == .deploy ? bundle.deploy : bundle.revert
        let before = kind == .deploy ? part.present?.deploy : part.present?.revert
        if let present = part.present, Set(present.files) == Set(bundle.files), before == steps {
            return (.unchanged, "identical files and steps")
        }
        let names = bundle.files.map(\.path).joined(separator: ", ")
        let whose = kind == .deploy ? "the present ones" : "those of \(bundle.release.title)"
        return (moved, whose + (names.isEmpty ? "" : ": \(names)"))
    }

    /// Values are not kept, only their hashes. A revert compares the target's hashes with the
    /// current ones; a deploy compares those of the current release.
    private func values(
        _ what: String, _ part: MoveParts, _ names: KeyPath<Bundle, [String: String]>,
        _ now: [String: String], _ add: (String, Return.Fate, String) -> Void
    ) {
        let wanted = part.bundle[keyPath: names].keys.sorted()
        if wanted.isEmpty {
            add(what, .unchanged, "the playbook names none")
            return
        }
        guard let then = kind == .revert ? part.bundle : part.present else {
            add(what, .unknown, "the values of the current release are unknown")
            return
        }
        let changed = wanted.filter { now[$0] ?? "" != then[keyPath: names][$0] ?? "" }
        if changed.isEmpty {
            add(what, .unchanged, "\(wanted.joined(separator: ", ")): unchanged values")
        } else if kind == .deploy {
            add(what, .changes, "\(changed.joined(separator: ", ")): differs from current value")
        } else {
            add(
                what, .unknown,
                "\(changed.joined(separator: ", ")): changed since then; the current value is used")
        }
    }

    private func short(_ digest: ImageDigest) -> String { String(digest.rawValue.prefix(19)) }
}
