internal import Ledger
internal import Projections

/// What comes back with a revert, what stays, and what nobody knows: the table under every such
/// plan.
extension Plan {
    mutating func addReturns(
        _ part: MoveParts, place: Playbook.Place, hashes: [String: String]
    ) {
        let service = part.bundle.release.service
        func add(_ what: String, _ fate: Return.Fate, _ why: String) {
            returns.append(Return(service: service, what: what, fate: fate, why: why))
        }
        let then = part.bundle.release
        let now = moves.last { $0.service == service }?.from
        switch (now?.digest, then.digest) {
        case (_, nil):
            add("image", .unknown, "no digest is recorded for \(then.title)")
        case (let now?, let then?) where now == then:
            add("image", .unchanged, then.rawValue)
        case (_, let then?) where part.deleted != nil:
            add("image", .unknown, "\(short(then)) was deleted (entry \(part.deleted ?? 0))")
        case (let now, let then?):
            add("image", .comesBack, "\(now.map { short($0) } ?? "unknown") → \(short(then))")
        }
        let files = part.present.map { Set($0.files) }
        if let files, files == Set(part.bundle.files), part.present?.revert == part.bundle.revert {
            add("scripts and files", .unchanged, "the same bytes then and now")
        } else {
            let names = part.bundle.files.map(\.path).joined(separator: ", ")
            add(
                "scripts and files", .comesBack,
                "those of \(then.title)" + (names.isEmpty ? "" : ": \(names)"))
        }
        values("settings", part.bundle.variables, hashes, add)
        values("secrets", part.bundle.secrets, hashes, add)
        let volumes = part.bundle.volumes.joined(separator: ", ")
        add(
            "volumes", .unchanged,
            volumes.isEmpty ? "none are named in the playbook" : "\(volumes) stay as they are")
        if part.migrations.isEmpty {
            add("schema", .unchanged, "no migration is recorded since \(then.title) ran")
        } else {
            let names = part.migrations.compactMap { $0.payload["name"]?.string }
            add("schema", .unknown, "stays as \(names.joined(separator: ", ")) left it")
        }
        let hosts = place.hosts.map(\.rawValue).joined(separator: ", ")
        let before = part.bundle.hosts.map(\.rawValue).joined(separator: ", ")
        add(
            "hosts", .unchanged,
            hosts == before ? hosts : "today's: \(hosts); \(then.title) was deployed to \(before)")
    }

    /// Values are not kept, only whether they are the same: a value that changed stays as it is
    /// today.
    private func values(
        _ what: String, _ then: [String: String], _ now: [String: String],
        _ add: (String, Return.Fate, String) -> Void
    ) {
        if then.isEmpty {
            add(what, .unchanged, "none are named in the playbook")
            return
        }
        let changed = then.keys.sorted().filter { now[$0] ?? "" != then[$0] }
        if changed.isEmpty {
            add(what, .unchanged, "\(then.keys.sorted().joined(separator: ", ")): the same values")
        } else {
            add(
                what, .unknown,
                "\(changed.joined(separator: ", ")): another value than then; today's is used")
        }
    }

    private func short(_ digest: ImageDigest) -> String { String(digest.rawValue.prefix(19)) }
}
