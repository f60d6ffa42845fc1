import LedgerText

/// Whatever the bytes, what is written for another program is read there as one word, one field,
/// one cell, one argument, one value: with readers that know nothing of how it was written.
enum Quoting {
    static func check(_ text: String) {
        let bytes = Array(text.utf8)
        let word = shell(Array(Quote.shellWord(text).utf8))
        precondition(word == [bytes.filter { $0 != 0 }], "a shell reads something else")
        let line = shell(Array(Quote.shellLine(["first", text, "last"]).utf8))
        precondition(
            line?.count == 3 && line?[1] == bytes.filter { $0 != 0 }, "the line has other words")
        let row = csv(Array(Quote.csvLine(["first", text, "last"]).utf8))
        precondition(row.count == 3, "the row has other fields")
        precondition(row[1] == bytes || row[1] == Array("'".utf8) + bytes, "the field is another")
        precondition(!"=+-@\t\r\n".utf8.contains(row[1].first ?? 32), "the field is a formula")
        precondition(Quote.tableCell(text).utf8.allSatisfy { $0 >= 32 && $0 != 127 }, "a control")
        precondition(
            Quote.lines(text).utf8.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 || $0 == 10 })
        let ends = Quote.workflowMessage(text).utf8.filter { $0 == 10 || $0 == 13 }
        precondition(ends.isEmpty, "a workflow command ends early")
        precondition(Quote.workflowProperty(text).utf8.allSatisfy { !":,\r\n".utf8.contains($0) })
        if let value = Quote.curlValue(text) {
            precondition(curl(Array(value.utf8)) == bytes, "curl reads another value")
        } else {
            precondition(bytes.contains(0))
        }
        precondition(Visible.problem(in: Visible.cleaned(text)) == nil, "a cleaned name is no name")
    }

    /// Words as POSIX has them (XCU 2.2), for what has no expansion in it; `nil` if a byte that
    /// means something stands outside quotes.
    private static func shell(_ bytes: [UInt8]) -> [[UInt8]]? {
        var words: [[UInt8]] = []
        var word: [UInt8]?
        var at = 0
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "'"):
                guard let end = bytes[(at + 1)...].firstIndex(of: UInt8(ascii: "'")) else {
                    return nil
                }
                word = (word ?? []) + bytes[(at + 1)..<end]
                at = end
            case UInt8(ascii: "\\"):
                guard at + 1 < bytes.count else { return nil }
                word = (word ?? []) + [bytes[at + 1]]
                at += 1
            case 32:
                words += [word].compactMap(\.self)
                word = nil
            case let byte:
                if "\"$`|&;<>()*?[#~!{}\n\t\r".utf8.contains(byte) { return nil }
                word = (word ?? []) + [byte]
            }
            at += 1
        }
        return words + [word].compactMap(\.self)
    }

    /// Fields of one record (RFC 4180).
    private static func csv(_ bytes: [UInt8]) -> [[UInt8]] {
        var fields: [[UInt8]] = [[]]
        var quoted = false
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            if quoted, byte == 34, at + 1 < bytes.count, bytes[at + 1] == 34 {
                fields[fields.count - 1].append(34)
                at += 1
            } else if byte == 34 {
                quoted.toggle()
            } else if byte == 44, !quoted {
                fields.append([])
            } else {
                precondition(quoted || (byte != 10 && byte != 13), "the record ends early")
                fields[fields.count - 1].append(byte)
            }
            at += 1
        }
        return fields
    }

    /// A quoted value of curl's configuration (curl(1), `--config`).
    private static func curl(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= 2, bytes.first == 34 else { return nil }
        var value: [UInt8] = []
        var at = 1
        while at < bytes.count {
            switch bytes[at] {
            case 34: return at == bytes.count - 1 ? value : nil
            case 10, 13: return nil
            case 92:
                at += 1
                let known: [UInt8: UInt8] = [116: 9, 110: 10, 114: 13, 118: 11]
                guard at < bytes.count else { return nil }
                value.append(known[bytes[at]] ?? bytes[at])
            case let byte: value.append(byte)
            }
            at += 1
        }
        return nil
    }
}
