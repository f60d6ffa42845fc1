import FaultDisk
import Foundation

// Puts ledgers through faults, and prints a line of the table for each kind:
//   faults power|lie|bits|malice … [COUNT] [SEED]
// Exit 1 if anything was wrong that must never be.

let arguments = CommandLine.arguments
let kind = arguments.count > 1 ? arguments[1] : ""
let count = arguments.count > 2 ? Int(arguments[2]) ?? 1 : 1
let seed = arguments.count > 3 ? UInt64(arguments[3]) ?? 1 : 1
let began = Date()

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
    print(
        "| seeded bug: acknowledged before synced | \(tally.tries) | \(tally.wrong.count) | 0 | 0 | 1 |"
    )
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
    // Beside this program lies `ledger`; it is run in the repository.
    let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "ledger").path
    let calls = try await Calls(
        program: ProcessInfo.processInfo.environment["LEDGER"] ?? program,
        root: FileManager.default.currentDirectoryPath)
    tell("a system call that fails, falls short or kills", try await calls.run(count, seed: seed))
default:
    print("faults power|lie|bits|pages|malice|calls COUNT [SEED]")
    exit(64)
}
