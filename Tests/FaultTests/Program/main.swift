import FaultDisk
import Foundation
import LedgerSQLite

// Puts ledgers through faults, and prints a line of the table for each kind:
//   faults power|lie|bits|malice … [COUNT] [SEED]
// Exit 1 if anything was wrong that must never be.

let arguments = CommandLine.arguments
let kind = arguments.count > 1 ? arguments[1] : ""
let count = arguments.count > 2 ? Int(arguments[2]) ?? 1 : 1
let seed = arguments.count > 3 ? UInt64(arguments[3]) ?? 1 : 1
let began = Date()

/// Beside this program lies `ledger`.
let program =
    ProcessInfo.processInfo.environment["LEDGER"]
    ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "ledger")
    .path

func tell(_ name: String, _ tally: Tally) {
    print(Table.line(name, tally, seconds: Date().timeIntervalSince(began)))
    for wrong in tally.wrong.prefix(10) { print("wrong: \(wrong)") }
    if !tally.wrong.isEmpty { exit(1) }
}

switch kind {
case "power":
    guard disk_install() == 0 else { exit(70) }
    var tally = Tally()
    var round: UInt64 = 0
    while tally.tries < count {
        round += 1
        let power = try await Power(seed: seed &* 1_000 &+ round, lying: false)
        tally.add(try await power.cut(min(200, count - tally.tries), seed: seed &+ round))
    }
    tell("power cut, any state a disk may be left in", tally)
case "lie":
    // The oracle itself: a store that acknowledges before the disk has it is found out.
    guard disk_install() == 0 else { exit(70) }
    let power = try await Power(seed: seed, lying: true)
    let tally = try await power.cut(count, seed: seed)
    guard let first = tally.wrong.first else {
        print("wrong: of \(count) states of a store that lies, the oracle minds none")
        exit(1)
    }
    // What it minds here is what it is to find.
    let found = Tally(tries: tally.tries, found: tally.wrong.count)
    tell("seeded bug: acknowledged before synced", found)
    print("as: \(first)")
case "bits":
    let bits = try await Bits(entries: 10_000)
    tell("a bit turned over in 10,000 entries", try bits.flip(count, seed: seed))
case "pages":
    let bits = try await Bits(entries: 10_000)
    tell("pages zeroed, swapped, cut off, written over", try bits.damage(count, seed: seed))
case "malice":
    tell("another past, by hand or written anew", try await Malice().run(count, seed: seed))
case "calls":
    let calls = try await Calls(
        program: program,
        root: FileManager.default.currentDirectoryPath)
    tell("a system call that fails, falls short or kills", try await calls.run(count, seed: seed))
case "writer":
    try await Writer.run(
        path: arguments[2], stream: arguments[3], seed: UInt64(arguments[4]) ?? 1, log: arguments[5]
    )
case "crowd":
    tell("16 processes, killed at random", try await Crowd.run(seconds: count, seed: seed))
case "ext4", "xfs":
    tell("\(kind) cut off while a process appends", try await Cuts(kind).run(count, seed: seed))
case "full":
    var rest = try Rest(program: program, seed: seed)
    tell("full disk", try await rest.fullDisk(count))
case "readonly":
    var rest = try Rest(program: program, seed: seed)
    tell("disk that becomes read-only", try await rest.readOnly(count))
case "limits":
    var rest = try Rest(program: program, seed: seed)
    tell("limits of file size and memory", try await rest.limits(count))
case "clocks":
    var rest = try Rest(program: program, seed: seed)
    tell("clocks that jump by years", try await rest.clocks(count))
case "neighbours":
    var rest = try Rest(program: program, seed: seed)
    tell(
        "opened by many at once, a reader that stays, a copy by cp",
        try await rest.neighbours(count))
default:
    let kinds =
        "power|lie|bits|pages|malice|calls|crowd|ext4|xfs|full|readonly|limits|clocks|neighbours"
    print("faults \(kinds) COUNT [SEED]")
    exit(64)
}
