internal import Glibc
internal import LedgerProof
internal import LedgerText
internal import StaticStart

// ledger-verify: checks receipts and checkpoints of a ledger, without the ledger and offline.
//
// Read this program before you trust it: this file and its folder. You must obtain one input from a
// trusted source: the ledger's verifier key.

ledger_look_logins_up_in_files()

let usage = """
    usage: ledger-verify --key KEY receipt FILE …        each entry is in the ledger
           ledger-verify --key KEY checkpoint FILE …     each checkpoint was signed
           ledger-verify --key KEY consistency OLD PROOF the later ledger extends the earlier

    KEY is the verifier key (example.org/shop+0123abcd+AQ…) or a file of such keys, one per line;
    it can be repeated. - is standard input. Exit 0: all proved, 8: not proved, 64: invalid
    arguments.

    """

/// Ends the program because the arguments are invalid.
func refuse(_ reason: String, _ usage: String = usage) -> Never {
    let text = Array("ledger-verify: \(reason)\n\(usage)".utf8)
    _ = write(STDERR_FILENO, text, text.count)
    exit(64)
}

func read(_ path: String) -> [UInt8] {
    /// The most bytes of a proof, and of a file of keys.
    let limit = 32 << 20
    do {
        return try path == "-"
            ? Input.toEnd(limit: limit) : RegularFile.bytes(of: path, limit: limit)
    } catch { refuse("\(path) cannot be read: \(error)", "") }
}

/// The keys of an argument: the argument itself, or the keys in the file that it names.
func keys(_ text: String) -> [VerifierKey] {
    let isFile = access(text, F_OK) == 0
    if !isFile, !text.holds("+") { refuse("key file not found: \(text)", "") }
    do {
        let keys = try VerifierKey.all(
            in: isFile ? String(decoding: read(text), as: UTF8.self) : text)
        if keys.isEmpty { refuse("\(text) contains no key", "") }
        return keys
    } catch { refuse("\(text): \(error)", "") }
}

var trusted: [VerifierKey] = []
var words: [String] = []
var arguments = CommandLine.arguments.dropFirst()
while let word = arguments.popFirst() {
    if ["-h", "--help"].contains(word) {
        print(usage, terminator: "")
        exit(0)
    }
    guard word == "--key" else {
        words.append(word)
        continue
    }
    guard let text = arguments.popFirst() else { refuse("--key requires a key") }
    trusted += keys(text)
}
guard let verb = words.first, words.count > 1 else { refuse("no file to check was given") }
if trusted.isEmpty { refuse("--key is required") }

/// Prints the result; true if the proof is valid.
func check(_ path: String, _ body: () throws -> String) -> Bool {
    do {
        print("\(path): \(try body())")
        return true
    } catch {
        print("\(path): NOT PROVED: \(error)")
        return false
    }
}

var isProved = true

switch verb {
case "receipt":
    for path in words.dropFirst() {
        isProved =
            check(path) {
                let receipt = try Receipt(read(path))
                let checkpoint = try receipt.proved(trusting: trusted)
                let header = String(decoding: receipt.header ?? [], as: UTF8.self)
                return "entry \(receipt.index + 1) of \(checkpoint.origin), "
                    + "under its checkpoint of size \(checkpoint.size)\n\(header)"
            } && isProved
    }
case "checkpoint":
    for path in words.dropFirst() {
        isProved =
            check(path) {
                let checkpoint = try Checkpoint.opened(SignedNote(read(path)), trusting: trusted)
                    .proving
                return
                    "\(checkpoint.origin) with \(checkpoint.size) entries, root \(checkpoint.root)"
            } && isProved
    }
case "consistency" where words.count == 3:
    var earlier: Checkpoint?
    isProved = check(words[1]) {
        let old = try Checkpoint.opened(SignedNote(read(words[1])), trusting: trusted)
        earlier = old
        return "\(old.origin) with \(old.size) entries"
    }
    guard let earlier else { break }
    isProved = check(words[2]) {
        let later = try Consistency(read(words[2])).proved(from: earlier, trusting: trusted)
        return "the first \(earlier.size) entries are unchanged in the \(later.size) of "
            + later.origin
    }
default: refuse("\(words.joined(separator: " ")) is not a command")
}
exit(isProved ? 0 : 8)
