internal import CommandEngine
internal import CommandPorts
internal import Commands
public import Ledger
internal import LedgerText

/// Remove bytes from an entry's payload, by a recorded decision
///
/// The bytes are removed permanently. A new entry records who decided it, when and why. Every proof
/// and checkpoint stays valid.
public struct RedactEntry: Operation {
    public static var right: Right { .administer }

    /// The entry's sequence.
    public var entry: Int
    /// The field to remove, or a JSON Pointer into the payload (/command/3). May be repeated.
    public var fields: [String]
    /// The reason.
    public var reason: String
    /// Approvers' signatures over the statement (armored, PROTOCOL.sshsig).
    public var signatures: [String]

    public init(_ entry: Int, fields: [String], reason: String, signatures: [String] = []) {
        self.entry = entry
        self.fields = fields
        self.reason = reason
        self.signatures = signatures
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        entry = try members.decode(Int.self, forKey: .entry)
        fields = try members.decode([String].self, forKey: .fields)
        reason = try members.decode(String.self, forKey: .reason)
        signatures = try members.decodeIfPresent([String].self, forKey: .signatures) ?? []
    }

    /// What was removed, and where the bytes still are.
    public struct Answer: Codable, Hashable, Sendable {
        /// The entry of the decision.
        public let decision: Int
        /// Whether an earlier decision had removed the fields already.
        public let wasDone: Bool
        /// Copies of the ledger on this machine that still contain the bytes.
        public let copies: [Copy]
        /// Other entries that contain the same text. Each requires its own decision.
        public let alsoIn: [Int]
        /// Why unused parts of the file still contain the bytes; absent if they do not.
        public let unscrubbed: String?
    }

    /// A copy of the ledger on this machine.
    public struct Copy: Codable, Hashable, Sendable {
        public let file: String
        /// Whether the file is still there.
        public let isThere: Bool
    }

    /// A redaction before it is decided: what a person sees and signs.
    public struct Proposal: Sendable {
        public let entry: Entry
        /// The number of bytes that each field loses, in the order of the fields.
        public let bytes: [Int]
        /// The text to sign (namespace `ledger-approval`).
        public let statement: String
        /// The entry of an earlier decision that removed all of the fields.
        public let done: Int?
        /// Whether the environment's name must be typed; known once it is signed.
        public let isProtected: Bool
        let decision: Redacted?
    }

    /// Shows what the request would remove; records nothing.
    public func proposal(at desk: RedactionDesk) async throws -> Proposal {
        let recorder = desk.recording.recorder
        let whole = try await desk.store.existing(entry)
        let decisions = try await desk.store.decisions(about: whole)
        if let last = decisions.last?.entry,
            Set(fields).isSubset(of: decisions.flatMap(\.what.fields))
        {
            return Proposal(
                entry: whole, bytes: [], statement: "", done: last.sequence, isProtected: false,
                decision: nil)
        }
        let decision = try recorder.redaction(of: fields, in: whole, reason: reason)
        let rest = try Redaction.rest(of: whole.payload, without: fields)
        return Proposal(
            entry: whole,
            bytes: rest.taken.map { ($0.string ?? Canonical.text($0)).utf8.count },
            statement: RedactionStatement(decision, of: whole, by: recorder.surroundings.author)
                .text,
            done: nil, isProtected: false,
            decision: decision)
    }

    /// The proposal with the approvers' signatures. Throws `Refusal` if the environment requires
    /// more, or if one is invalid.
    public func signed(_ proposal: Proposal, at desk: RedactionDesk) async throws -> Proposal {
        guard let decision = proposal.decision else { return proposal }
        let environment = proposal.entry.subject.environment
        let rules = try await desk.rules(in: environment)
        return Proposal(
            entry: proposal.entry, bytes: proposal.bytes, statement: proposal.statement, done: nil,
            isProtected: rules.isProtected,
            decision: try await Consent(desk: desk, rules: rules).signing(
                decision, proposal.statement, signatures, environment))
    }

    public func answer(at desk: RedactionDesk) async throws -> Answer {
        try await carryOut(try await signed(try await proposal(at: desk), at: desk), at: desk)
    }

    /// Records the decision and removes the bytes, also from free space. If an earlier command was
    /// interrupted before that, only the latter is done.
    public func carryOut(_ proposal: Proposal, at desk: RedactionDesk) async throws -> Answer {
        let (store, whole) = (desk.store, proposal.entry)
        guard let decision = proposal.decision else {
            try await store.scrub()
            return Answer(
                decision: proposal.done ?? 0, wasDone: true,
                copies: try await copies(store), alsoIn: [], unscrubbed: nil)
        }
        let made = try await desk.recording.recorder.redact(decision, of: whole)
        var problem: String?
        do { try await store.scrub() } catch { problem = "\(error)" }
        return Answer(
            decision: made.sequence, wasDone: false, copies: try await copies(store),
            alsoIn: try await others(whole, store), unscrubbed: problem)
    }

    private func copies(_ store: any KeptLedger) async throws -> [Copy] {
        await store.copies(holding: try await store.existing(entry)).map {
            Copy(file: $0.file, isThere: $0.isThere)
        }
    }

    private func others(_ whole: Entry, _ store: any KeptLedger) async throws -> [Int] {
        var places: Set<Int> = []
        let taken = try Redaction.rest(of: whole.payload, without: fields).taken
        for text in taken.compactMap(\.string) where text.utf8.count >= Self.telling {
            var filter = EntryFilter()
            filter.text = text
            let found = try await store.page(filter, .oldestFirst, after: nil, limit: Limits.page)
            places.formUnion(found.map(\.sequence))
        }
        return places.sorted()
    }

    /// The minimum length in bytes: shorter texts occur in other entries by chance.
    private static let telling = 8
}

/// The signed approvals of a redaction by other persons.
private struct Consent {
    let desk: RedactionDesk
    let rules: RedactionRules

    /// Adds the approvers' signatures to a decision. Throws `Refusal` if the environment requires
    /// more signatures, or if a signature is invalid.
    func signing(
        _ decision: Redacted, _ statement: String, _ signatures: [String],
        _ environment: EnvironmentName?
    ) async throws -> Redacted {
        let needed = rules.needed
        if signatures.isEmpty, needed == 0 { return decision }
        guard let signers = rules.allowed else {
            throw Refusal(
                .approvalMissing, "no allowed signers are configured",
                cause: "the playbook has no approval: {signers: …} for "
                    + (environment.map { "\($0)" } ?? "an entry without an environment"),
                hint: "name a file of allowed signers in ledger.yaml (docs/approvals.md)")
        }
        var (names, valid) = ([String](), [String]())
        for (index, signature) in signatures.enumerated() {
            let name = try await name(of: signature, index + 1, over: statement, signers)
            if names.contains(where: { Plan.isSame($0, name) }) { continue }
            (names, valid) = (names + [name], valid + [signature])
        }
        if names.count < needed {
            throw Refusal(
                .approvalMissing,
                "\(environment.map { "\($0)" } ?? "it") requires \(needed) "
                    + "\(needed == 1 ? "approval" : "approvals"); \(names.count) given",
                hint: "request signatures over the output of --statement: "
                    + "ssh-keygen -Y sign -n \(ApprovalStatement.namespace) -f KEY; then add "
                    + "--signature FILE")
        }
        var decision = decision
        (decision.approvedBy, decision.signatures) = (names, valid)
        return decision
    }

    private func name(
        of signature: String, _ number: Int, over statement: String, _ signers: String
    ) async throws -> String {
        guard
            case .signed(let name) = try await desk.recording.checker.check(
                signature, over: statement, signers: signers)
        else {
            throw Refusal(
                .approvalMissing, "signature \(number) is invalid",
                cause: "it is not an allowed signer's signature over the output of --statement",
                hint: "sign that output, made with the same reason and the same author")
        }
        if Plan.isSame(name, desk.recording.recorder.surroundings.author.name) {
            throw Refusal(
                .approvalMissing, "\(name) cannot approve their own redaction",
                hint: "request the signature of another person")
        }
        return name
    }
}
