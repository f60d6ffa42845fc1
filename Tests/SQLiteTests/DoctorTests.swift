import CommandEngine
import Foundation
import Ledger
import LedgerSQLite
import Projections
import Support
import Testing

/// `ledger doctor` sees what is wrong around a file, and says what to do.
struct DoctorTests {
    private let sandbox: Sandbox
    private var path: String { sandbox.path("ledger.db") }

    init() async throws {
        sandbox = try Sandbox()
        let store = try sandbox.ledger("ledger.db", views: StoredViews.all)
        for number in 1...20 {
            _ = try await store.append(
                [Sample.deployDraft(number)], to: .environment(Sample.production), expecting: .any)
        }
        _ = try store.backup(to: sandbox.path("copy.db"))
        try store.close()
    }

    private func look(now: Timestamp = Fixed.start) throws -> [String: Examination.Finding] {
        let findings = try SQLiteStore.examine(
            path: path, now: now, views: StoredViews.all, temporary: sandbox.path("temporary")
        ).findings
        for finding in findings {
            #expect((finding.toDo == nil) == (finding.state == .well), "\(finding)")
        }
        return Dictionary(findings.map { ($0.about, $0) }, uniquingKeysWith: { first, _ in first })
    }

    @Test func aLedgerThatIsWell() throws {
        let before = try Data(contentsOf: URL(filePath: path))
        let found = try look()
        #expect(found.values.allSatisfy { $0.state == .well }, "\(found)")
        #expect(
            Set(found.keys) == [
                "file", "versions", "newest", "clock", "log", "lock", "permissions", "disk",
                "backups",
            ])
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
    }

    @Test func othersMayReadIt() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let found = try look()["permissions"]
        #expect(found?.state == .look && found?.toDo == "chmod 600 \(path)")
    }

    @Test func othersMayReplaceIt() throws {
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o777], ofItemAtPath: sandbox.folder.path)
        #expect(try look()["permissions"]?.what.contains("can replace the file") == true)
    }

    @Test func aClockThatIsBehind() throws {
        let found = try look(now: Fixed.start.adding(seconds: -86_400))["clock"]
        #expect(found?.state == .bad)
    }

    @Test func yesterdaysFile() async throws {
        try FileManager.default.copyItem(atPath: path, toPath: sandbox.path("yesterday.db"))
        let store = try SQLiteStore(path: path, .writing, views: StoredViews.all)
        _ = try await store.append([Sample.draft(99)], to: .general, expecting: .any)
        try store.close()
        #expect(try look()["newest"]?.state == .well)
        for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
        try FileManager.default.copyItem(atPath: sandbox.path("yesterday.db"), toPath: path)
        #expect(try look()["newest"]?.state == .bad)
        for text in ["", "junk"] {
            try sandbox.write("ledger.db.newest", text)
            #expect(try look()["newest"]?.state == .look)
        }
        try FileManager.default.removeItem(atPath: path + ".newest")
        #expect(try look()["newest"]?.state == .look)
    }

    @Test func somebodyWrites() throws {
        let descriptor = open(path + ".lock", O_RDONLY)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_EX) == 0)
        let found = try look()["lock"]
        #expect(found?.state == .look)
        // Where so many locks come and go that the kernel's list misses one, it says "another".
        let whos = ["process \(getpid())", "another process"].map { $0 + " is writing" }
        #expect(whos.contains(found?.what ?? ""))
    }

    @Test func whatIsLeftBehind() throws {
        let copy = sandbox.path("copies/x.db")
        try sandbox.write("copies/x.db.new-999996", "")
        try sandbox.write("ledger.db.copies", "3 \(copy)\n")
        try sandbox.write("temporary/ledger-read-999995-1/ledger.db", "")
        for name in [".new-999999", ".restored-999998", ".key.new-999997", ".new-\(getpid())"] {
            #expect(FileManager.default.createFile(atPath: path + name, contents: nil))
        }
        let found = try look()["rests"]
        #expect(found?.state == .look)
        for name in ["999999", "999998", "999997", "copies/x.db.new-999996", "read-999995-1"] {
            #expect(found?.toDo?.contains(name) == true)
        }
        #expect(found?.toDo?.contains("-\(getpid())") == false)
    }

    @Test func backupsThatAreGone() throws {
        try FileManager.default.removeItem(atPath: sandbox.path("copy.db"))
        #expect(try look()["backups"]?.state == .look)
        try FileManager.default.removeItem(atPath: path + ".copies")
        #expect(try look()["backups"]?.toDo == "ledger backup FILE")
    }

    @Test func aLongLog() throws {
        #expect(FileManager.default.createFile(atPath: path + "-wal", contents: nil))
        #expect(truncate(path + "-wal", 256 << 20) == 0)
        #expect(try look()["log"]?.state == .look)
    }

    @Test func viewsOfAnotherProgram() throws {
        let queue = try Connection(path: path)
        try queue.write { try $0.execute("UPDATE view_made SET version = 99") }
        try queue.close()
        #expect(try look()["versions"]?.toDo == "rebuild them: ledger rebuild")
    }

    @Test func pagesThatAreDamaged() throws {
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        let size = try file.seekToEnd()
        for page in stride(from: UInt64(4096 * 2), to: size, by: 4096) {
            try file.seek(toOffset: page)
            try file.write(contentsOf: Data(repeating: 0xFF, count: 64))
        }
        try file.close()
        let found = try look()["file"]
        #expect(found?.state == .bad && found?.toDo?.contains("restore") == true)
    }

    @Test func whatIsNoLedger() throws {
        #expect(throws: StoreProblem.self) {
            try SQLiteStore.examine(
                path: sandbox.path("nothing.db"), now: Fixed.start, views: StoredViews.all)
        }
    }
}
