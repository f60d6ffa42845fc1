internal import Ledger
internal import LedgerProof
internal import Projections

/// What was recorded apart, on its way into this ledger. Pure.
enum MergedEntry {
    /// What is about the other ledger itself, and means nothing in this one: its key, its gaps, the
    /// right to run there.
    static let left: Set<String> = Set(
        [.keyChanged, .payloadRedacted, .leaseGranted, .leaseTaken, .leaseReleased].map(
            \EventKind.rawValue))

    /// The draft that an entry of the log `origin` becomes here: with its id, time, author and
    /// source. Where it has no source, the log and its id are its source: two logs may have one
    /// name.
    static func draft(of entry: Entry, from origin: String) -> Draft {
        var draft = entry.draft
        draft.redaction = nil
        draft.source = draft.source ?? Source(name: origin, id: entry.id.description)
        return draft
    }

    /// The entry that a draft puts right; `nil` if it is no correction.
    static func corrected(by draft: Draft) -> EntryID? {
        draft.kind == EventKind.eventCorrected.rawValue
            ? draft.payloadValue["entry"]?.string.flatMap { EntryID($0) } : nil
    }

    /// The same for a correction, which names what it corrects by its place as well; any other
    /// draft is as it was.
    static func pointing(_ draft: Draft, to place: Int?) -> Draft {
        guard let place, corrected(by: draft) != nil, var members = draft.payloadValue.object
        else { return draft }
        members["corrects"] = JSONValue(place)
        var draft = draft
        draft.payload = Canonical.text(.object(members))
        return draft
    }

    /// Whether the entry of an id that is here already is the one that comes. Each may have lost
    /// bytes since, here or there; a correction points to another place.
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
        let left = ContentHash(of: Array(there.draft.payload.utf8))
        return [there.draft.payloadHash, left].contains(here.draft.payloadHash)
    }

    /// The headers of a log as contents to be kept.
    static func contents(of headers: [[UInt8]]) -> [Content] {
        stride(from: 0, to: headers.count, by: Merge.headers).map { start in
            let part = headers[start..<min(start + Merge.headers, headers.count)]
            return Content(Array(part.joined(separator: [UInt8(ascii: "\n")])))
        }
    }

    /// The receipt of one header in the log that is kept; `nil` if it is not there.
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

/// What a merge has done.
public struct MergeResult: Hashable, Sendable {
    /// Entries that are new here.
    public var added = 0
    /// Entries that were here already.
    public var known = 0
    /// Entries that are about the other ledger itself, and stay there.
    public var left = 0
    /// Entries that have lost bytes there, by a recorded decision, and are whole here.
    public var whole: [Int] = []
    /// The entry that tells of the merge; `nil` if an earlier one does.
    public var entry: Int?
}
