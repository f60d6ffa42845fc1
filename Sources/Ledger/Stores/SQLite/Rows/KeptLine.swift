internal import Ledger
internal import LedgerText

/// A line of a stored view as table `view_row` keeps it: without what its entry says.
///
/// View `line` of schema.sql makes complete lines of them. Texts are compared by their bytes.
struct KeptLine: Hashable {
    let key: ExactText
    let since: Int
    /// `nil` if the entry ended the line.
    private let state: ExactText?
    private let number: Int?
    private let detail: ExactText?
    private let environment: ExactText?
    private let service: ExactText?
    private let tag: ExactText?
    private let digest: ExactText?
    private let revision: ExactText?
    private let time: Int?
    private let by: ExactText?

    /// A key's new line, which the entry made; without a row the entry ended it.
    init(_ key: ExactText, _ row: ViewRow?, since entry: Entry) {
        (self.key, since) = (key, entry.sequence)
        state = row.map { ExactText($0.state) }
        number = row?.number
        detail = row?.detail.map { ExactText($0) }
        let (mine, its) = (row?.subject ?? entry.subject, entry.subject)
        environment = Self.other(mine.environment, than: its.environment)
        service = Self.other(mine.service, than: its.service)
        tag = Self.other(mine.tag, than: its.tag)
        digest = Self.other(mine.digest, than: its.digest)
        revision = Self.other(mine.revision, than: its.revision)
        time = row.flatMap { $0.time == entry.time ? nil : Int($0.time.microseconds) }
        let author = row.map { ExactText($0.by) }
        by = author == ExactText(entry.by.name) ? nil : author
    }

    /// The line's name, if the entry has another one; an empty text if it has none.
    private static func other<N: Name>(_ name: N?, than its: N?) -> ExactText? {
        name == its ? nil : ExactText(name?.rawValue ?? "")
    }

    /// The line of the current row of a statement that selects `columns`.
    init(_ row: RowAccess) {
        func text(_ column: Int32) -> ExactText? { row.repeated(column).map { ExactText($0) } }
        key = text(0) ?? ExactText("")
        since = row.integer(1)
        state = text(2)
        number = row.optionalInteger(3)
        detail = row.text(4).map { ExactText($0) }
        (environment, service, tag) = (text(5), text(6), text(7))
        (digest, revision) = (text(8), text(9))
        time = row.optionalInteger(10)
        by = text(11)
    }

    static let columns = """
        key, since, state, number, detail, environment, service, tag, digest, revision, time, "by"
        """
    static let insert = """
        INSERT INTO view_row (\(columns), view) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)
        """

    /// Inserts the line with the statement `insert`.
    func insert(with row: RowAccess, view name: String, in database: Database) throws {
        row.bind(key.text, at: 1)
        row.bind(since, at: 2)
        row.bind(state?.text, at: 3)
        row.bind(number, at: 4)
        row.bind(detail?.text, at: 5)
        row.bind(environment?.text, at: 6)
        row.bind(service?.text, at: 7)
        row.bind(tag?.text, at: 8)
        row.bind(digest?.text, at: 9)
        row.bind(revision?.text, at: 10)
        row.bind(time, at: 11)
        row.bind(by?.text, at: 12)
        row.bind(name, at: 13)
        try row.run()
    }
}

/// Complete lines: rows of view `line`.
enum WholeLine {
    static let columns = """
        key, environment, service, tag, digest, revision, state, number, time, "by", detail, since
        """

    /// The line of the current row of a statement that selects `columns`; `nil` if the row ends a
    /// line. Throws `StoreProblem` if the entry that the line follows from is missing.
    static func read(_ row: RowAccess) throws -> ViewRow? {
        guard let state = row.repeated(6) else { return nil }
        if row.isNull(8) {
            let entry = row.integer(11)
            throw StoreProblem(
                .damaged, "entry \(entry) is missing",
                cause: "a stored view has a line that follows from it",
                hint: "run `ledger verify`, and restore a backup beside the file", entry: entry)
        }
        return ViewRow(
            key: row.repeated(0) ?? "",
            subject: Subject(
                environment: row.name(1), service: row.name(2), tag: row.name(3),
                digest: row.name(4), revision: row.name(5)),
            state: state, number: row.optionalInteger(7),
            time: Timestamp(microseconds: Int64(row.integer(8))), by: row.repeated(9) ?? "",
            detail: row.text(10).map { DetailText($0) }, since: row.integer(11))
    }
}
