internal import Dispatch
internal import Glibc
public import Ledger
public import LedgerProof
internal import Synchronization

extension SQLiteStore {
    /// Recomputes leaves, nodes, roots, checkpoints, stream heads, stored contents, stored views
    /// and the search index, in parallel; less with another scope.
    ///
    /// With `signers` one of these keys must have signed each stored checkpoint. Findings are
    /// returned; `StoreProblem` is thrown only if the file cannot be read at all.
    public func verify(
        _ scope: VerificationScope = .everything, threads: Int = 2,
        signers: [VerifierKey]? = nil
    ) throws -> Verification {
        do {
            return try Opening.withReadable(path) {
                try verify(scope, threads: threads, signers, at: $0)
            }
        } catch {
            throw StoreProblem.from(error, path: path)
        }
    }

    private func verify(
        _ scope: VerificationScope, threads: Int, _ signers: [VerifierKey]?, at path: String
    ) throws -> Verification {
        // Read this before the head, because other processes may append meanwhile.
        let newest = NewestFile.path(of: self.path)
        let known = NewestFile.newest(at: newest)
        let (head, root, redacted) = try reader.read { database in
            let head = try Log.head(database)
            if let gap = try Log.gap(before: head, database) { throw gap }
            let last = try [UInt8].first(
                database, "SELECT root FROM root WHERE size = ?", head)
            let redacted = try Int.first(database, "SELECT count(*) FROM redaction") ?? 0
            return (head, last.flatMap { TreeHash(bytes: Array($0)) }, redacted)
        }
        let found = Mutex<[Verification.Finding]>([])
        let checks = Self.checks(scope, head: head, signers)
        let failure = Mutex<(any Error)?>(nil)
        let next = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in
            while true {
                let place = next.add(1, ordering: .relaxed).oldValue
                guard place < checks.count else { return }
                do {
                    let findings = try Self.findings(of: checks[place], at: path, views)
                    found.withLock { $0 += findings }
                } catch {
                    failure.withLock { $0 = error }
                }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        var findings = found.withLock { $0 }
        if head > 0, root == nil {
            findings.append(
                .init(sequence: head, what: "no root is stored for the last entry"))
        }
        if let known { findings += try remembered(known, in: newest, head) }
        findings.sort { ($0.sequence ?? .max) < ($1.sequence ?? .max) }
        return Verification(
            entries: head, root: root ?? Tree().root, redacted: redacted, findings: findings)
    }

    /// Findings that contradict the `.newest` file, which stores the last committed tree.
    private func remembered(
        _ known: (size: Int, root: String), in file: String, _ head: Int
    ) throws -> [Verification.Finding] {
        if known.size > head {
            return [
                .init(
                    sequence: head + 1,
                    what: "it is missing: the ledger had \(known.size) entries (\(file))")
            ]
        }
        let root = try? reader.read { database in
            try TreeProof.root(of: known.size, try Log.nodes(in: database)).description
        }
        // Another check reports a damaged tree.
        guard let root, root != known.root else { return [] }
        return [
            .init(
                sequence: nil,
                what: "its first \(known.size) entries were changed (\(file))")
        ]
    }

    /// Number of entries per check: small enough to run in parallel, large enough to keep the
    /// overhead low.
    private static let share = 1 << 15

    /// The long checks first: the short ones then fill the time of the other threads.
    private static func checks(
        _ scope: VerificationScope, head: Int, _ signers: [VerifierKey]?
    ) -> [VerificationPart] {
        var checks: [VerificationPart] = [.views(scope), .tables(scope)]
        if case .everything = scope { checks.insert(.search, at: 1) }
        // An empty ledger has one empty share.
        for start in stride(from: 1, through: max(1, head), by: share) {
            let range = start...min(max(1, head), start + share - 1)
            if head > 0 { checks.append(.entries(range)) }
            if case .quick = scope, signers == nil { continue }
            // Checkpoints beyond the last entry belong to the last share.
            let sizes = start...(range.upperBound >= head ? Int.max : range.upperBound)
            checks.append(.checkpoints(sizes, signers))
        }
        return checks
    }

    /// Runs one of the checks of `verify` and returns its findings; throws `StoreProblem`.
    package func findings(of part: VerificationPart) throws -> [Verification.Finding] {
        do { return try Self.findings(of: part, at: path, views) } catch {
            throw StoreProblem.from(error, path: path)
        }
    }

    private static func findings(
        of part: VerificationPart, at path: String, _ views: [any StoredView]
    ) throws -> [Verification.Finding] {
        do {
            switch part {
            case .search: return try IndexCheck(path: path).findings()
            case .views(.everything):
                return try ViewCheck(path: path, views: views, isAll: true).findings()
            case .views(.quick):
                return try ViewCheck(path: path, views: views.filter(\.isKey), isAll: false)
                    .findings()
            case .entries(let range): return try EntryCheck(path: path).findings(in: range)
            case .checkpoints(let sizes, let keys):
                return try CheckpointCheck(path: path, keys: keys).findings(in: sizes)
            case .tables(let scope): return try TableCheck(path: path).findings(scope)
            }
        } catch let problem as StoreProblem where problem.kind == .damaged {
            // An unreadable entry is a finding, whichever check reads it. The finding names the
            // entry itself, so the message must not repeat it.
            let what = problem.entry == nil ? problem.message : problem.cause ?? problem.message
            return [.init(sequence: problem.entry, what: what)]
        }
    }
}

/// One of the checks of `verify`; the checks can run in parallel.
package enum VerificationPart: Sendable {
    case search
    case views(VerificationScope), tables(VerificationScope)
    case entries(ClosedRange<Int>)
    /// Checkpoints over these sizes; with keys also their signatures.
    case checkpoints(ClosedRange<Int>, [VerifierKey]?)
}

/// Leaves, nodes and roots of a range of entries.
struct EntryCheck {
    let path: String

    func findings(in range: ClosedRange<Int>) throws -> [Verification.Finding] {
        let reader = try Opening.readOnly(path)
        defer { try? reader.close() }
        return try reader.read { try check(range, $0) }
    }

    private func check(
        _ range: ClosedRange<Int>, _ database: Database
    ) throws -> [Verification.Finding] {
        // The tree to the left is read from stored nodes, which other checks verify.
        let before = try Log.sealer(head: range.lowerBound - 1, in: database)
        var (tree, recorded) = (before.tree, before.recorded)
        var hasher = LeafHasher()
        var findings: [Verification.Finding] = []
        var roots = try self.roots(range, database, &findings)
        let rows = RowAccess(
            try database.statement(
                """
                SELECT \(EntryColumns.names) FROM entry WHERE sequence BETWEEN ? AND ?
                ORDER BY sequence
                """))
        rows.bind(range.lowerBound, at: 1)
        rows.bind(range.upperBound, at: 2)
        var expected = range.lowerBound
        while try rows.next() {
            let sequence = rows.integer(0)
            guard sequence == expected else { break }
            guard let header = StoredHeader(rows) else {
                return findings + [
                    .init(
                        sequence: sequence,
                        what: "one of its ids, or its salt, is not as it was written")
                ]
            }
            let moment = Timestamp(microseconds: Int64(header.recordedMicroseconds))
            if moment < recorded {
                findings.append(
                    .init(sequence: sequence, what: "recorded earlier than the previous entry"))
            }
            recorded = max(recorded, moment)
            let leaf = hasher.leaf(ofFields: header)
            if let what = Self.difference(tree.append(leaf), rows.bytes(18)) {
                return findings + [.init(sequence: sequence, what: what)]
            }
            if let what = try Self.redaction(header, rows, database) {
                findings.append(.init(sequence: sequence, what: what))
            }
            if let root = roots.removeValue(forKey: sequence), root != tree.root {
                findings.append(
                    .init(sequence: sequence, what: "the root stored for it is wrong"))
            }
            expected += 1
        }
        if expected <= range.upperBound {
            findings.append(.init(sequence: expected, what: "it is missing"))
        }
        return findings
    }

    /// The problem with the redaction of the entry, or with the decision that it is.
    private static func redaction(
        _ header: StoredHeader, _ rows: RowAccess, _ database: Database
    ) throws -> String? {
        if let redaction = header.redaction,
            let what = try RedactionCheck.problem(of: header, redaction, database)
        {
            return what
        }
        let isDecision = rows.bytes(4).elementsEqual(EventKind.payloadRedacted.rawValue.utf8)
        return isDecision ? try RedactionCheck.problem(ofDecision: rows, database) : nil
    }

    /// The problem with the stored hashes of an entry; `nil` if they are correct.
    private static func difference(
        _ wanted: [TreeHash], _ kept: UnsafeRawBufferPointer
    ) -> String? {
        let isSame = wanted.withUnsafeBytes { wanted in
            wanted.count == kept.count && wanted.elementsEqual(kept)
        }
        if isSame { return nil }
        let isLeaf = kept.count >= 32 && TreeHash(kept) == wanted[0]
        return isLeaf
            ? "its tree nodes do not match the leaves"
            : "its content does not match its stored hash"
    }

    private func roots(
        _ range: ClosedRange<Int>, _ database: Database, _ findings: inout [Verification.Finding]
    ) throws -> [Int: TreeHash] {
        let rows = RowAccess(
            try database.statement(
                "SELECT size, root FROM root WHERE size BETWEEN ? AND ?"))
        rows.bind(range.lowerBound, at: 1)
        rows.bind(range.upperBound, at: 2)
        var roots: [Int: TreeHash] = [:]
        while try rows.next() {
            guard let root = TreeHash(bytes: Array(rows.bytes(1))) else {
                findings.append(
                    .init(sequence: rows.integer(0), what: "the root stored for it is not a hash"))
                continue
            }
            roots[rows.integer(0)] = root
        }
        return roots
    }
}
