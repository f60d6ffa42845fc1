internal import Ledger

/// Writes an object as canonical JSON (RFC 8785), member by member. The members must come in the
/// order of their names. What is `nil` or false has no member.
struct MemberWriter {
    private var bytes: [UInt8] = []

    var text: String { "{" + String(decoding: bytes, as: UTF8.self) + "}" }

    private mutating func begin(_ name: String) {
        if let last = bytes.last, last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        Canonical.append(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
    }

    mutating func set(_ name: String, _ value: String?) {
        guard let value else { return }
        begin(name)
        Canonical.append(value, to: &bytes)
    }

    mutating func set(_ name: String, _ value: Int?) {
        guard let value else { return }
        begin(name)
        Digits.append(value, to: &bytes)
    }

    mutating func set(_ name: String, _ value: Bool?) {
        guard let value else { return }
        begin(name)
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// Sets the member to true; absent if false.
    mutating func set(_ name: String, if isTrue: Bool) { set(name, isTrue ? true : nil) }

    mutating func set(_ name: String, _ value: Moment?) {
        guard let value else { return }
        begin(name)
        bytes.append(UInt8(ascii: "["))
        Digits.append(Int(value.time), to: &bytes)
        bytes.append(UInt8(ascii: ","))
        Digits.append(value.entry, to: &bytes)
        bytes.append(UInt8(ascii: "]"))
    }

    mutating func set(_ name: String, _ values: [String]?) {
        guard let values else { return }
        begin(name)
        list(values) { writer, value in Canonical.append(value, to: &writer.bytes) }
    }

    mutating func set(_ name: String, _ value: (some ViewDetail)?) {
        guard let value else { return }
        begin(name)
        object { value.write(to: &$0) }
    }

    /// An empty list has no member.
    mutating func set(_ name: String, all values: [some ViewDetail]) {
        if values.isEmpty { return }
        begin(name)
        list(values) { writer, value in writer.object { value.write(to: &$0) } }
    }

    /// An object with a member for each value. An empty one has no member.
    mutating func set(_ name: String, byName values: [String: some ViewDetail]) {
        if values.isEmpty { return }
        begin(name)
        object { writer in
            for (name, value) in values.sorted(by: { Canonical.precedes($0.key, $1.key) }) {
                writer.set(name, value)
            }
        }
    }

    private mutating func object(_ body: (inout MemberWriter) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        body(&self)
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func list<Value>(
        _ values: [Value], _ body: (inout MemberWriter, Value) -> Void
    ) {
        bytes.append(UInt8(ascii: "["))
        for (place, value) in values.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            body(&self, value)
        }
        bytes.append(UInt8(ascii: "]"))
    }
}
