import Foundation
import Ledger
import LedgerSQLite
import Projections

// A process that appends, for the tests that let several race:
//   racer DB STREAM COUNT SEED
// Each append expects the head it read; who comes too late reads again. Prints how often it was
// late.

let arguments = CommandLine.arguments
let store = try SQLiteStore(path: arguments[1], .writing, views: StoredViews.all)
let stream = try StreamName(arguments[2])
let count = Int(arguments[3]) ?? 0
let seed = UInt64(arguments[4]) ?? 0
var late = 0
for number in 1...count {
    let time = Timestamp(seconds: 1_800_000_000 + Int64(number))
    let draft = Draft(
        id: EntryID(time: time, random: (seed, seed << 32 | UInt64(number) << 2)),
        kind: "note.added", subject: Subject(), payload: #"{"text":"\#(seed)-\#(number)"}"#,
        time: time, recorded: time, by: Author(name: "racer \(seed)"))
    while true {
        let head = try await store.position(of: stream)
        do {
            let entries = try await store.append([draft], to: stream, expecting: .position(head))
            precondition(entries[0].position == head + 1)
            break
        } catch let problem as StoreProblem {
            guard case .conflict = problem.kind else { throw problem }
            late += 1
        }
    }
}
try store.close()
print(late)
