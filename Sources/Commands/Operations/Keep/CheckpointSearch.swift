internal import Ledger
public import LedgerProof
internal import LedgerText

/// Finds a checkpoint in a witness's text: a CI log, a tag, a JSON manifest.
public enum CheckpointSearch {
    /// All checkpoints in the bytes that one of the keys has signed, the newest first. Throws
    /// `ProofProblem` if there is none.
    public static func all(
        in bytes: [UInt8], trusting keys: [VerifierKey]
    ) throws(ProofProblem) -> [Checkpoint] {
        var problem: ProofProblem?
        var found: Set<Checkpoint> = []
        for text in texts(in: bytes) {
            for note in notes(in: text) {
                do {
                    let signed = try SignedNote(Array(note.utf8))
                    found.insert(try Checkpoint.opened(signed, trusting: keys).proving)
                } catch { problem = problem ?? error }
            }
        }
        if !found.isEmpty { return found.sorted { $0.size > $1.size } }
        if let problem { throw problem }
        return [try Checkpoint.opened(try SignedNote(bytes), trusting: keys).proving]
    }

    /// The bytes as a text; if they are JSON, the texts in it.
    private static func texts(in bytes: [UInt8]) -> [String] {
        if let json = try? JSONValue(parsing: bytes), json.object != nil || json.array != nil {
            return texts(in: json)
        }
        return [String(decoding: bytes, as: UTF8.self)]
    }

    private static func texts(in json: JSONValue) -> [String] {
        switch json {
        case .string(let text): [text]
        case .array(let elements): elements.flatMap(texts)
        case .object(let members): members.values.flatMap(texts)
        default: []
        }
    }

    /// The maximum number of lines of a checkpoint before its signatures: origin, size, root, and
    /// lines that a log adds (c2sp.org/tlog-checkpoint).
    private static let most = 16

    /// Candidates for signed notes. Each ends with a signature line, has an empty line before its
    /// signatures, and a size in its second line. A prefix of the signature line, such as a CI
    /// timestamp, also precedes the other lines.
    private static func notes(in text: String) -> [String] {
        let raw = text.allLines
        let marks = raw.map { $0.place(of: "— ") }
        var notes: [String] = []
        for (place, line) in raw.enumerated() {
            let isLast = place + 1 == raw.count || marks[place + 1] == nil
            guard isLast, let mark = marks[place] else { continue }
            let before = line.distance(from: line.startIndex, to: mark.lowerBound)
            let lines = raw[max(0, place - most)...place].map { $0.dropFirst(before) }
            guard let blank = lines.lastIndex(where: \.isEmpty), blank >= 3,
                let start = (0...blank - 3).last(where: { Int(lines[$0 + 1]) != nil })
            else { continue }
            notes.append(lines[start...].joined(separator: "\n") + "\n")
        }
        return notes
    }
}
