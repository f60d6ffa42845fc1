import Foundation
import Ledger
import LedgerSQLite
import Projections
import Support

/// Bits that turn over in a ledger's file.
struct Bits {
    private let room: Room
    private let path: String
    /// The file as it was written.
    private let whole: [UInt8]
    /// All that it says, table by table.
    private let said: [String: [String]]
    /// To what each page belongs; free ones to nothing.
    private let owners: [Int: String]
    /// The entries that lie on a page.
    private let entries: [Int: ClosedRange<Int>]
    private let key: SigningKey

    init(entries: Int) async throws {
        room = try Room()
        path = room.path("ledger.db")
        try SQLiteStore.create(path: path)
        key = try SigningKey(name: "faults.example/ledger")
        let store = try SQLiteStore(path: path, .writing, views: StoredViews.all, signer: key)
        for start in stride(from: 1, through: entries, by: 50) {
            // As in a real ledger, one entry in five changes what some view says.
            let appends = (start..<min(start + 50, entries + 1)).map { number -> Append in
                let (draft, stream) =
                    number % 5 == 0
                    ? Load.entry(number, kind: number / 5)
                    : (Load.note(number, "commit message"), .general)
                return Append([draft], to: stream, expecting: .any)
            }
            _ = try await store.append(appends)
        }
        try store.close()
        whole = Array(try Data(contentsOf: URL(filePath: path)))
        said = try Self.everything(path)
        (owners, self.entries) = try Connection(path: path).read(Self.map)
    }

    /// To what pages belong, and which entries lie on them (sqlite.org/dbstat.html).
    private static func map(
        _ database: Database
    ) throws -> ([Int: String], [Int: ClosedRange<Int>]) {
        var owners: [Int: String] = [:]
        var entries: [Int: ClosedRange<Int>] = [:]
        var last = 0
        var present = 1...1
        let sql = { (column: String) in "SELECT \(column) FROM dbstat ORDER BY name, path" }
        let (pages, names, types, counts) = (
            try Int.all(database, sql("pageno")), try String.all(database, sql("name")),
            try String.all(database, sql("pagetype")), try Int.all(database, sql("ncell"))
        )
        for (number, page) in pages.enumerated() {
            let (name, type) = (names[number], types[number])
            owners[page] = name
            guard name == "entry", type != "internal" else { continue }
            if type == "leaf" {
                let count = counts[number]
                present = last + 1...last + count
                last += count
            }
            entries[page] = present
        }
        return (owners, entries)
    }

    private func name(_ page: Int) -> String { "page \(page) (\(owners[page] ?? "free"))" }

    /// What is read from the pages of these tables and indexes, by a name of `queries`.
    private static let readers = [
        "entry": "entry", "sqlite_autoindex_entry_1": "ids", "entry_source": "sources",
        "view_row": "view_row", "checkpoint": "checkpoint", "root": "root", "stream": "stream",
    ]

    /// What the tables say, also where an index leads to them: all, or one of them.
    private static func everything(
        _ path: String, only one: String? = nil
    ) throws -> [String: [String]] {
        let queue = try Connection(path: path, Connection.Options(isReadOnly: true))
        defer { try? queue.close() }
        return try queue.read { database in
            var said: [String: [String]] = [:]
            let queries = [
                "entry": "SELECT * FROM entry ORDER BY sequence",
                "ids":
                    "SELECT id, sequence FROM entry INDEXED BY sqlite_autoindex_entry_1 ORDER BY id",
                "sources": "SELECT source, source_id, sequence FROM entry INDEXED BY entry_source "
                    + "WHERE source IS NOT NULL ORDER BY source, source_id",
                "stream": "SELECT * FROM stream", "root": "SELECT * FROM root",
                "checkpoint": "SELECT * FROM checkpoint", "redaction": "SELECT * FROM redaction",
                "content": "SELECT * FROM content", "view_row": "SELECT * FROM view_row",
                "view_made": "SELECT * FROM view_made",
                "search": "SELECT * FROM search_data", "reached": "SELECT * FROM search_reached",
                "schema": "SELECT type, name, sql FROM sqlite_master",
                "version": "SELECT * FROM pragma_user_version, pragma_application_id",
            ]
            for (name, sql) in queries where one == nil || name == one {
                said[name] = try database.rows(sql)
            }
            return said
        }
    }

    private enum Ending { case found(String), harmless, missed }

    /// Turns bits over, one at a time, and asks each time whether it is found.
    func flip(_ times: Int, seed: UInt64) throws -> Tally {
        var chance = Seeded(seed)
        var tally = Tally()
        let file = open(path, O_RDWR)
        defer { close(file) }
        for _ in 0..<times {
            tally.tries += 1
            let place = Int.random(in: 0..<whole.count, using: &chance)
            let bit = UInt8.random(in: 0..<8, using: &chance)
            var byte = whole[place] ^ (1 << bit)
            pwrite(file, &byte, 1, off_t(place))
            switch ending(place / 4096 + 1, alone: true) {
            case .found: tally.found += 1
            case .harmless: tally.harmless += 1
            case .missed:
                tally.wrong.append(
                    "bit \(bit) of byte \(place % 4096) on \(name(place / 4096 + 1)) is not found")
            }
            byte = whole[place]
            pwrite(file, &byte, 1, off_t(place))
        }
        return tally
    }

    /// Other damage: pages that are zeroed, swapped, cut off, or of another time.
    func damage(_ times: Int, seed: UInt64) throws -> Tally {
        var chance = Seeded(seed)
        var tally = Tally()
        let pages = whole.count / 4096
        for number in 0..<times {
            tally.tries += 1
            var bytes = whole
            let (one, other) = (
                Int.random(in: 0..<pages, using: &chance), Int.random(in: 0..<pages, using: &chance)
            )
            let (first, second) = (
                one * 4096..<one * 4096 + 4096, other * 4096..<other * 4096 + 4096
            )
            switch number % 4 {
            case 0: bytes.replaceSubrange(first, with: [UInt8](repeating: 0, count: 4096))
            case 1:
                bytes.replaceSubrange(first, with: whole[second])
                bytes.replaceSubrange(second, with: whole[first])
            case 2:
                bytes = Array(bytes.prefix(one * 4096 + Int.random(in: 0..<4096, using: &chance)))
            default: bytes.replaceSubrange(first, with: whole[second])
            }
            if bytes == whole {
                tally.harmless += 1
                continue
            }
            try Data(bytes).write(to: URL(filePath: path))
            switch ending(one + 1, alone: false) {
            case .found: tally.found += 1
            case .harmless: tally.harmless += 1
            case .missed:
                let what = ["zeroed", "swapped", "cut", "written over"][number % 4]
                tally.wrong.append("\(name(one + 1)) \(what), \(name(other + 1)), is not found")
            }
        }
        try Data(whole).write(to: URL(filePath: path))
        return tally
    }

    /// Asks the check first that looks at such a page: what it finds, `verify` finds. Where it
    /// finds nothing and something is changed, all of `verify` is asked. Of a page that is changed
    /// alone, only the table that reads it is looked at.
    private func ending(_ page: Int, alone: Bool) -> Ending {
        do {
            let store = try SQLiteStore(path: path, .reading, views: StoredViews.all)
            defer { try? store.close() }
            for part in parts(page) {
                if let finding = try store.findings(of: part).first { return .found("\(finding)") }
            }
            // Nothing is said to be wrong. If nothing is, that is right.
            let reader = alone ? owners[page].flatMap { Self.readers[$0] } : nil
            let before = reader.map { [$0: said[$0] ?? []] } ?? said
            if (try? Self.everything(path, only: reader)) == before { return .harmless }
            let rest = try store.verify(threads: 1, signers: [key.verifier])
            if let finding = rest.findings.first { return .found("\(finding)") }
        } catch let problem as StoreProblem
            where [.damaged, .notALedger, .older, .newer, .missing].contains(problem.kind)
        {
            return .found("\(problem)")
        } catch { return .missed }
        return .missed
    }

    private func parts(_ page: Int) -> [VerificationPart] {
        switch owners[page] {
        case "entry": [.entries(entries[page] ?? 1...100), .tables(.everything)]
        case "view_row": [.tables(.everything), .views(.everything)]
        case "checkpoint": [.tables(.everything), .checkpoints(1...(.max), [key.verifier])]
        case let name? where name.hasPrefix("search"): [.tables(.everything), .search]
        default: [.tables(.everything)]
        }
    }
}
