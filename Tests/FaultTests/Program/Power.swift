import FaultDisk
import Foundation
import Ledger
import LedgerProof
import LedgerSQLite
import Projections
import Support

/// Power that is cut at any moment, on a disk that keeps of what was not synced whatever it likes.
struct Power {
    /// What is known at a moment that the load has marked.
    private struct Moment {
        var acknowledged: Int
        var checkpoints: Int
        var newest: Data?
    }
    private let room: Room
    private let key: SigningKey
    private var attempted: [String] = []
    private var checkpoints: [Checkpoint] = []
    private var moments: [Moment] = [Moment(acknowledged: 0, checkpoints: 0, newest: nil)]
    private var first: [String: [UInt8]] = [:]

    /// Runs a load on the disk that remembers.
    init(seed: UInt64, lying: Bool) async throws {
        room = try Room()
        key = try SigningKey(name: "faults.example/ledger")
        var chance = Seeded(seed)
        let path = room.path("ledger.db")
        try SQLiteStore.create(path: path)
        first = ["ledger.db": Array(try Data(contentsOf: URL(filePath: path)))]
        disk_forget()
        disk_lie(lying ? 1 : 0)
        disk_record(1)
        defer {
            disk_record(0)
            disk_lie(0)
        }
        var number = 1
        for _ in 1...Int.random(in: 2...4, using: &chance) {
            let store = try SQLiteStore(
                path: path, .writing, views: StoredViews.all, signer: key)
            for _ in 1...Int.random(in: 2...12, using: &chance) {
                let count = chance.one(in: 3) ? Int.random(in: 2...20, using: &chance) : 1
                try await append(number..<number + count, to: store)
                number += count
                if chance.one(in: 12) { try store.rebuild() }
                if chance.one(in: 10) { number = try await redact(number, in: store, &chance) }
            }
            try store.close()
            try await mark(path)
        }
    }

    private mutating func append(_ numbers: Range<Int>, to store: SQLiteStore) async throws {
        let appends = numbers.map { number -> Append in
            let (draft, stream) = Load.entry(number)
            return Append([draft], to: stream, expecting: .any)
        }
        try await note(try await store.append(appends), store)
    }

    /// Takes a note's text out, and the bytes out of the file.
    private mutating func redact(
        _ number: Int, in store: SQLiteStore, _ chance: inout Seeded
    ) async throws -> Int {
        var filter = EntryFilter()
        filter.kinds = ["note.added"]
        let notes = try await store.page(filter, .newestFirst, after: nil, limit: 5)
        guard let entry = notes.last(where: { $0.draft.redaction == nil }) else { return number }
        let decision = try Redacted(["text"], of: entry, reason: "pasted")
        let time = Load.start.adding(seconds: Double(number))
        let draft = try Draft(
            .redacted(decision),
            id: EntryID(time: time, random: (UInt64(number), UInt64(number) << 8)), time: time,
            recorded: time, by: Author(name: "alice"), salt: .bits(UInt64(number), 7))
        try await note(try await store.append([draft], to: .general, expecting: .any), store)
        if chance.one(in: 2) { try store.scrub() }
        return number + 1
    }

    private mutating func note(_ entries: [Entry], _ store: SQLiteStore) async throws {
        attempted += entries.map { LeafHasher.header(of: $0) }
        if let note = try await store.checkpoint(covering: nil) {
            checkpoints.append(try Checkpoint(note.text))
        }
        try await mark(store.path)
    }

    private mutating func mark(_ path: String) async throws {
        moments.append(
            Moment(
                acknowledged: attempted.count, checkpoints: checkpoints.count,
                newest: FileManager.default.contents(atPath: path + ".newest")))
        disk_note(Int64(moments.count - 1))
    }

    // MARK: Cuts

    /// Cuts the power so many times and looks at what is left.
    func cut(_ times: Int, seed: UInt64) async throws -> Tally {
        var chance = Seeded(seed)
        let place = try Room()
        var tally = Tally()
        for _ in 0..<times {
            tally.tries += 1
            let at = Int.random(in: 0...disk_count(), using: &chance)
            try place.clear()
            let last = try lay(at, in: place, &chance)
            let moment = moments[last]
            let oracle = Oracle(
                attempted: attempted, acknowledged: moment.acknowledged,
                checkpoints: Array(checkpoints.prefix(moment.checkpoints)))
            if let wrong = await oracle.wrong(with: place.path("ledger.db")) {
                tally.wrong.append("cut after \(at) of \(disk_count()) operations: \(wrong)")
            } else {
                tally.harmless += 1
            }
        }
        return tally
    }

    /// Writes down the files as a disk may hold them when the power goes after `at` operations;
    /// gives the last moment that was marked before.
    private func lay(_ at: Int, in place: Room, _ chance: inout Seeded) throws -> Int {
        var disk = Disk(first)
        var last = 0
        for index in 0..<at {
            let event = disk_event_at(index)
            if event.operation == Int32(DISK_NOTE.rawValue) {
                last = Int(event.offset)
            } else {
                disk.apply(event)
            }
        }
        for (name, bytes) in disk.left(&chance) {
            try Data(bytes).write(to: URL(filePath: place.path(name)))
        }
        // It is never synced: any that was ever written may be the one that is there.
        if let newest = moments[Int.random(in: 0...last, using: &chance)].newest {
            try newest.write(to: URL(filePath: place.path("ledger.db.newest")))
        }
        return last
    }
}

/// Files of which some is on disk for good, and some may be.
private struct Disk {
    private struct Change {
        /// Where bytes were written; or, without bytes, to which length the file was cut.
        let offset: Int
        let bytes: [UInt8]?

        func apply(to content: inout [UInt8]) {
            guard let bytes else {
                content = Array(content.prefix(offset))
                content += [UInt8](repeating: 0, count: offset - content.count)
                return
            }
            let end = offset + bytes.count
            if content.count < end {
                content += [UInt8](repeating: 0, count: end - content.count)
            }
            content.replaceSubrange(offset..<end, with: bytes)
        }
    }
    private struct File {
        var kept: [UInt8] = []
        var pending: [Change] = []
        /// Whether its name is on disk for good.
        var isNamed = false
        /// Whether it was deleted, which may not be on disk.
        var isDeleted = false
    }
    /// All files that may be found under a name: the newest last.
    private var files: [String: [File]] = [:]

    init(_ first: [String: [UInt8]]) {
        files = first.mapValues { [File(kept: $0, isNamed: true)] }
    }

    mutating func apply(_ event: disk_event) {
        let name = String(cString: event.file)
        var list = files[name] ?? []
        if list.last?.isDeleted ?? true, event.operation != Int32(DISK_DELETE.rawValue) {
            list.append(File())
        }
        let last = list.count - 1
        switch event.operation {
        case Int32(DISK_WRITE.rawValue):
            let bytes = Array(UnsafeBufferPointer(start: event.bytes, count: event.count))
            list[last].pending.append(Change(offset: Int(event.offset), bytes: bytes))
        case Int32(DISK_TRUNCATE.rawValue):
            list[last].pending.append(Change(offset: Int(event.offset), bytes: nil))
        case Int32(DISK_SYNC.rawValue):
            for change in list[last].pending { change.apply(to: &list[last].kept) }
            list[last].pending = []
            list[last].isNamed = true
            // Its name is on disk, and so is the end of those that had it before.
            list = [list[last]]
        default:
            if event.offset != 0 {
                list = []
            } else if last >= 0 {
                list[last].isDeleted = true
            }
        }
        files[name] = list
    }

    /// What is found when the power is back: of what was not synced nothing, all, the first, some,
    /// or torn parts.
    func left(_ chance: inout Seeded) -> [String: [UInt8]] {
        var result: [String: [UInt8]] = [:]
        for name in files.keys.sorted() {
            var candidates: [File?] = []
            for file in files[name] ?? [] {
                if !file.isNamed { candidates.append(candidates.last ?? nil) }
                candidates.append(file)
                if file.isDeleted { candidates.append(nil) }
            }
            // A file that was named for good and not deleted since is there.
            if let place = candidates.lastIndex(where: {
                $0?.isNamed == true && $0?.isDeleted == false
            }) {
                candidates = Array(candidates[place...])
            }
            guard let chosen = candidates.randomElement(using: &chance), let file = chosen else {
                continue
            }
            result[name] = content(of: file, &chance)
        }
        return result
    }

    /// What a disk writes at once.
    private static let sector = 512

    private func content(of file: File, _ chance: inout Seeded) -> [UInt8] {
        var content = file.kept
        let way = Int.random(in: 0...4, using: &chance)
        let end = Int.random(in: 0...file.pending.count, using: &chance)
        for (index, change) in file.pending.enumerated() {
            switch way {
            case 0: return content
            case 1: change.apply(to: &content)
            case 2: if index < end { change.apply(to: &content) }
            case 3: if chance.one(in: 2) { change.apply(to: &content) }
            default: torn(change, &content, &chance)
            }
        }
        return content
    }

    /// Applies some sectors of a change.
    private func torn(_ change: Change, _ content: inout [UInt8], _ chance: inout Seeded) {
        guard let bytes = change.bytes else {
            if chance.one(in: 2) { change.apply(to: &content) }
            return
        }
        for start in stride(from: 0, to: bytes.count, by: Self.sector) where chance.one(in: 2) {
            let part = Array(bytes[start..<min(start + Self.sector, bytes.count)])
            Change(offset: change.offset + start, bytes: part).apply(to: &content)
        }
    }
}
