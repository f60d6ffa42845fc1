import Foundation
import Support

/// What came of one kind of fault.
struct Tally {
    /// How often it was tried.
    var tries = 0
    /// How often the ledger said that something is wrong, and what.
    var found = 0
    /// How often nothing was changed by it that means anything.
    var harmless = 0
    /// What must never be: each with what was done.
    var wrong: [String] = []

    mutating func add(_ other: Tally) {
        tries += other.tries
        found += other.found
        harmless += other.harmless
        wrong += other.wrong
    }
}

/// The lines of the table that docs/reliability.md has.
enum Table {
    static func line(_ name: String, _ tally: Tally, seconds: Double) -> String {
        "| \(name) | \(tally.tries) | \(tally.found) | \(tally.harmless) | \(tally.wrong.count) | "
            + "\(Int(seconds.rounded())) |"
    }
}

extension Seeded {
    mutating func one(in number: Int) -> Bool { Int.random(in: 0..<number, using: &self) == 0 }
}

/// A folder of its own, gone with it: in memory where the machine has such a place, so that a fault
/// costs no disk.
final class Room {
    let folder: URL

    init(_ place: String? = nil) throws {
        let files = FileManager.default
        let place =
            place
            ?? (files.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory())
        folder = URL(filePath: place).appending(path: "ledger-faults-\(UUID().uuidString)")
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func clear() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            try FileManager.default.removeItem(atPath: path(name))
        }
    }
}
