internal import Crypto

/// Makes the leaf of an entry: SHA-256(0x00 ‖ canonical header).
///
/// The header is canonical JSON (RFC 8785) of everything the entry is, with the SHA-256 of the
/// payload in the place of the payload: so a payload can be redacted by a recorded decision, and
/// every proof still holds. Absent columns are left out; times are microseconds since 1970.
public struct LeafHasher: Sendable {
    private var buffer: [UInt8] = []

    public init() { buffer.reserveCapacity(1024) }

    /// The leaf hash (RFC 6962, section 2.1) of the entry; `entry.hashes` plays no part.
    public mutating func leaf(of entry: Entry) -> TreeHash {
        buffer.removeAll(keepingCapacity: true)
        buffer.append(0)
        appendHeader(of: entry)
        return buffer.withUnsafeBytes { bytes in
            var hasher = SHA256()
            hasher.update(bufferPointer: bytes)
            return TreeHash(hasher.finalize())
        }
    }

    /// The canonical header, as an auditor would write it.
    public static func header(of entry: Entry) -> String {
        var hasher = LeafHasher()
        hasher.appendHeader(of: entry)
        return String(decoding: hasher.buffer, as: UTF8.self)
    }

    /// The names stand in the order of their UTF-16 units, as RFC 8785 wants them.
    private mutating func appendHeader(of entry: Entry) {
        let draft = entry.draft
        buffer.append(UInt8(ascii: "{"))
        text("by", draft.by.name)
        if let cause = draft.cause { identity("cause", cause) }
        if let correlation = draft.correlation { identity("correlation", correlation) }
        if let digest = draft.subject.digest { text("digest", digest.rawValue) }
        if let environment = draft.subject.environment {
            text("environment", environment.rawValue)
        }
        identity("id", entry.id)
        text("kind", draft.kind)
        text("known", draft.by.known.rawValue)
        var payload = draft.payload
        let digest = payload.withUTF8 { bytes in
            var hasher = SHA256()
            hasher.update(bufferPointer: UnsafeRawBufferPointer(bytes))
            return hasher.finalize()
        }
        hexadecimal("payload", digest)
        number("position", entry.position)
        number("recorded", Int(draft.recorded.microseconds))
        if let revision = draft.subject.revision { text("revision", revision.rawValue) }
        number("sequence", entry.sequence)
        if let service = draft.subject.service { text("service", service.rawValue) }
        if let source = draft.source {
            text("source", source.name)
            text("source_id", source.id)
        }
        text("stream", entry.stream.rawValue)
        if let tag = draft.subject.tag { text("tag", tag.rawValue) }
        number("time", Int(draft.time.microseconds))
        buffer.append(UInt8(ascii: "}"))
    }

    private mutating func name(_ name: StaticString) {
        if buffer.last != UInt8(ascii: "{") { buffer.append(UInt8(ascii: ",")) }
        buffer.append(UInt8(ascii: "\""))
        buffer.append(
            contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        buffer.append(UInt8(ascii: "\""))
        buffer.append(UInt8(ascii: ":"))
    }

    private mutating func text(_ name: StaticString, _ value: String) {
        self.name(name)
        Canonical.append(value, to: &buffer)
    }

    private mutating func number(_ name: StaticString, _ value: Int) {
        self.name(name)
        buffer.append(contentsOf: String(value).utf8)
    }

    private mutating func identity(_ name: StaticString, _ id: EntryID) {
        self.name(name)
        buffer.append(UInt8(ascii: "\""))
        id.append(to: &buffer)
        buffer.append(UInt8(ascii: "\""))
    }

    private mutating func hexadecimal(_ name: StaticString, _ bytes: some Sequence<UInt8>) {
        self.name(name)
        buffer.append(UInt8(ascii: "\""))
        Hex.append(bytes, to: &buffer)
        buffer.append(UInt8(ascii: "\""))
    }
}

extension ContentHash {
    /// SHA-256 of the bytes.
    public init(of bytes: [UInt8]) {
        self.init(unchecked: Hex.encode(SHA256.hash(data: bytes)))
    }
}
