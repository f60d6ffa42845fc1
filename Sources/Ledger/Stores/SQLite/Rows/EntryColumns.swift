internal import Ledger
internal import LedgerProof

/// The mapping between entries and the columns of table `entry`. Only this type writes and reads
/// them.
enum EntryColumns {
    private static let columns = [
        "sequence", "id", "stream", "position", "kind", "time", "recorded", "\"by\"", "known",
        "cause", "correlation", "source", "source_id", "environment", "service", "tag", "digest",
        "revision", "hashes", "payload", "salt",
    ]
    /// The columns that a statement selects to read entries.
    static let names = """
        \(columns.map { "entry." + $0 }.joined(separator: ", ")),
        (SELECT payload_hash || decision FROM redaction
            WHERE redaction.sequence = entry.sequence)
        """
    /// Selects the entry of a source.
    static let fromSource = "SELECT \(names) FROM entry WHERE source = ? AND source_id = ?"
    static let insert = """
        INSERT INTO entry (\(columns.joined(separator: ", "))) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
        """

    static func bind(_ entry: Entry, to row: RowAccess) {
        let draft = entry.draft
        row.bind(entry.sequence, at: 1)
        row.bind(entry.id, at: 2)
        row.bind(entry.stream.rawValue, at: 3)
        row.bind(entry.position, at: 4)
        row.bind(draft.kind, at: 5)
        row.bind(Int(draft.time.microseconds), at: 6)
        row.bind(Int(draft.recorded.microseconds), at: 7)
        row.bind(draft.by.name, at: 8)
        row.bind(draft.by.known.rawValue, at: 9)
        row.bind(draft.cause, at: 10)
        row.bind(draft.correlation, at: 11)
        row.bind(draft.source?.name, at: 12)
        row.bind(draft.source?.id, at: 13)
        row.bind(draft.subject.environment?.rawValue, at: 14)
        row.bind(draft.subject.service?.rawValue, at: 15)
        row.bind(draft.subject.tag?.rawValue, at: 16)
        row.bind(draft.subject.digest?.rawValue, at: 17)
        row.bind(draft.subject.revision?.rawValue, at: 18)
        entry.hashes.withUnsafeBytes { row.bind($0, at: 19) }
        row.bind(draft.payload, at: 20)
        bind(draft.salt, to: row, at: 21)
    }

    /// The entry of the current row of a statement that selects `names`, in that order.
    static func read(_ row: RowAccess) throws -> Entry {
        let sequence = row.integer(0)
        guard let id = row.id(1), let stream: StreamName = row.name(2), let kind = row.repeated(4),
            let by = row.repeated(7), let known = row.text(8).flatMap(Author.Known.init(rawValue:)),
            let payload = row.text(19), row.bytes(18).count.isMultiple(of: 32),
            let salt = salt(row)
        else { throw unreadable(sequence) }
        let source = row.text(11).map { Source(name: $0, id: row.text(12) ?? "") }
        var draft = Draft(
            id: id, kind: kind,
            subject: Subject(
                environment: row.name(13), service: row.name(14), tag: row.name(15),
                digest: row.name(16), revision: row.name(17)),
            payload: payload, time: Timestamp(microseconds: Int64(row.integer(5))),
            recorded: Timestamp(microseconds: Int64(row.integer(6))),
            by: Author(name: by, known: known), cause: row.id(9), correlation: row.id(10),
            source: source, salt: salt)
        if let redaction = redaction(row) { draft.redaction = redaction }
        return Entry(
            sequence: sequence, stream: stream, position: row.integer(3), draft: draft,
            hashes: hashes(row.bytes(18)))
    }

    static func unreadable(_ sequence: Int) -> StoreProblem {
        StoreProblem(
            .damaged, "entry \(sequence) cannot be read",
            cause: "a column contains a value that this program never writes",
            hint: "run `ledger verify`, and restore a backup beside the file", entry: sequence)
    }

    /// The salt; `nil` if the column contains no salt, `.some(nil)` if it is NULL.
    ///
    /// Only a redaction empties it. Otherwise salt and payload could be put together into one
    /// payload that has the same hash.
    static func salt(_ row: RowAccess) -> PayloadSalt?? {
        if row.isNull(20) { return .some(nil) }
        guard let salt = PayloadSalt(row.bytes(20)), (salt == .removed) == !row.isNull(21) else {
            return nil
        }
        return .some(salt)
    }

    static func bind(_ salt: PayloadSalt?, to row: RowAccess, at place: Int32) {
        guard let salt else { return row.bind(Int?.none, at: place) }
        salt.withBytes { row.bind($0, at: place) }
    }

    /// Hash and decision are in one column. If it is NULL, nothing was redacted.
    static func redaction(_ row: RowAccess) -> Redaction? {
        guard let text = row.text(21) else { return nil }
        return Redaction(
            payloadHash: ContentHash(unchecked: String(text.prefix(64))),
            decision: Int(text.dropFirst(64)) ?? 0)
    }

    static func hashes(_ bytes: UnsafeRawBufferPointer) -> [TreeHash] {
        [TreeHash](unsafeUninitializedCapacity: bytes.count / 32) { hashes, count in
            count = bytes.count / 32
            for index in 0..<count {
                let hash = UnsafeRawBufferPointer(rebasing: bytes[32 * index..<32 * index + 32])
                hashes.initializeElement(at: index, to: TreeHash(hash))
            }
        }
    }
}

/// A row of a statement that selects `EntryColumns.names`, hashed in place. A value that is not
/// UTF-8 gets a hash that no written entry has.
struct StoredHeader: HeaderFields {
    let row: RowAccess
    let id: EntryID
    let salt: PayloadSalt?

    /// `nil` if an id or the salt of the row is malformed.
    init?(_ row: RowAccess) {
        let isWhole = { (column: Int32) in row.isNull(column) || row.bytes(column).count == 16 }
        guard let id = row.id(1), isWhole(9), isWhole(10), let salt = EntryColumns.salt(row)
        else { return nil }
        self.row = row
        self.id = id
        self.salt = salt
    }

    var cause: EntryID? { row.id(9) }
    var correlation: EntryID? { row.id(10) }
    var sequence: Int { row.integer(0) }
    var position: Int { row.integer(3) }
    var redaction: Redaction? { EntryColumns.redaction(row) }
    var timeMicroseconds: Int { row.integer(5) }
    var recordedMicroseconds: Int { row.integer(6) }

    func withText(_ field: HeaderText, _ body: (UnsafeBufferPointer<UInt8>?) -> Void) {
        let column: Int32 =
            switch field {
            case .stream: 2
            case .kind: 4
            case .by: 7
            case .known: 8
            case .source: 11
            case .sourceID: 12
            case .environment: 13
            case .service: 14
            case .tag: 15
            case .digest: 16
            case .revision: 17
            case .payload: 19
            }
        row.withText(column, body)
    }
}
