internal import Ledger
internal import LedgerProof
internal import LedgerText
internal import Projections

/// An entry of another ledger that is merged into this one. Pure.
enum MergedEntry {
    /// Kinds about the other ledger itself, without meaning in this one: its key, its gaps, the
    /// permission to run there.
    static let left: Set<String> = Set(
        [.keyChanged, .payloadRedacted, .leaseGranted, .leaseTaken, .leaseReleased].map(
            \EventKind.rawValue))

    /// The draft of an entry of the log `origin` in this ledger: with its id, time, author, source
    /// and salt. Without a source, the log and the id become its source: two logs may have one
    /// name. What redactions left is a whole payload here. It gets the new salt, and so does an
    /// entry that has none.
    static func draft(of entry: Entry, from origin: String, salt: PayloadSalt) -> Draft {
        var draft = entry.draft
        if draft.redaction != nil || draft.salt == nil { draft.salt = salt }
        draft.redaction = nil
        draft.source = draft.source ?? Source(name: origin, id: entry.id.description)
        return draft
    }

    /// The entry that a draft corrects; `nil` if it is not a correction.
    static func corrected(by draft: Draft) -> EntryID? {
        draft.kind == EventKind.eventCorrected.rawValue
            ? draft.payloadValue["entry"]?.string.flatMap { EntryID($0) } : nil
    }

    /// The draft of a correction with the new sequence of the corrected entry; any other draft is
    /// unchanged.
    static func pointing(_ draft: Draft, to place: Int?) -> Draft {
        guard let place, corrected(by: draft) != nil, var members = draft.payloadValue.object
        else { return draft }
        members["corrects"] = JSONValue(place)
        var draft = draft
        draft.payload = Canonical.text(.object(members))
        return draft
    }

    /// Whether the existing entry of an id equals the incoming one. Either may have been redacted
    /// since; a correction refers to another sequence.
    static func isSame(_ here: Entry, _ there: Entry) -> Bool {
        here.kind == there.kind && here.time == there.time && here.by == there.by
            && here.subject == there.subject && saysTheSame(here, there)
    }

    private static func saysTheSame(_ here: Entry, _ there: Entry) -> Bool {
        if corrected(by: there.draft) != nil {
            let isWhole = here.draft.redaction == nil && there.draft.redaction == nil
            let comes = pointing(there.draft, to: here.corrects)
            return !isWhole || comes.payload == here.draft.payload
        }
        return here.draft.payload == there.draft.payload
            || here.draft.payloadHash == there.draft.payloadHash
            || isRest(here.draft, of: there.draft) || isRest(there.draft, of: here.draft)
    }

    /// Whether a redaction can have left one payload of the other. An earlier merge took it for a
    /// whole payload, so only the marks in it tell of the redaction.
    private static func isRest(_ rest: Draft, of whole: Draft) -> Bool {
        rest.payload.holds(Redaction.mark)
            && Redaction.isRest(rest.payloadValue, of: whole.payloadValue)
    }

    /// The headers of a log, as contents to keep.
    static func contents(of headers: [[UInt8]]) -> [Content] {
        stride(from: 0, to: headers.count, by: Merge.headers).map { start in
            let part = headers[start..<min(start + Merge.headers, headers.count)]
            return Content(Array(part.joined(separator: [UInt8(ascii: "\n")])))
        }
    }

    /// The receipt of one header in the kept log; `nil` if it is missing.
    static func receipt(of id: EntryID, in headers: [[UInt8]], _ note: [UInt8]) -> Receipt? {
        let mark = Array("\"id\":\"\(id)\"".utf8)
        guard let index = headers.firstIndex(where: { $0.firstRange(of: mark) != nil }) else {
            return nil
        }
        var levels = [headers.map { Receipt.leaf(of: $0) }]
        while let last = levels.last, last.count > 1 {
            levels.append(
                stride(from: 0, to: last.count - 1, by: 2).map { Tree.node(last[$0], last[$0 + 1]) }
            )
        }
        let hashes = TreeProof.inclusion(of: index, in: headers.count) { levels[$0][$1] }
        return Receipt(index: index, hashes: hashes, header: headers[index], note: note)
    }
}

/// The result of a merge.
public struct MergeResult: Hashable, Sendable {
    /// Entries that are new here.
    public var added = 0
    /// Entries that were already here.
    public var known = 0
    /// Entries about the other ledger itself, which are not merged.
    public var left = 0
    /// Entries that were redacted there, and are complete here.
    public var whole: [Int] = []
    /// The entry that records the merge; `nil` if an earlier one does.
    public var entry: Int?
}
