internal import Crypto
public import LedgerProof
internal import LedgerText

/// Makes the leaf of an entry: SHA-256(0x00 ‖ canonical header).
///
/// The header is canonical JSON (RFC 8785) of the whole entry. Instead of the payload it contains
/// `salted_payload`, the SHA-256 of salt ‖ payload (`PayloadSalt`). An entry without a salt has
/// `payload`, the SHA-256 of its payload. A recorded decision can therefore redact a payload
/// (`Redaction`), and every proof stays valid. Absent columns are left out; times are microseconds
/// since 1970.
public struct LeafHasher: Sendable {
    private var buffer: [UInt8] = []

    public init() { buffer.reserveCapacity(1024) }

    /// The leaf hash (RFC 6962, section 2.1) of the entry. `entry.hashes` is not used.
    public mutating func leaf(of entry: Entry) -> TreeHash { leaf(ofFields: entry) }

    /// The leaf hash of any value with an entry's fields, for example a table row that is read in
    /// place.
    package mutating func leaf(ofFields fields: some HeaderFields) -> TreeHash {
        buffer.removeAll(keepingCapacity: true)
        buffer.append(Tree.leafPrefix)
        appendHeader(of: fields)
        return buffer.withUnsafeBytes { TreeHash(Self.hash($0)) }
    }

    /// The canonical header, as an independent auditor would compute it.
    public static func header(of entry: Entry) -> String {
        var hasher = LeafHasher()
        hasher.appendHeader(of: entry)
        return String(decoding: hasher.buffer, as: UTF8.self)
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer) -> SHA256Digest {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        return hasher.finalize()
    }

    /// The names are in the order of their UTF-16 code units, as RFC 8785 requires.
    private mutating func appendHeader(of fields: some HeaderFields) {
        text("{\"by\":\"", fields, .by)
        identity(",\"cause\":\"", fields.cause)
        identity(",\"correlation\":\"", fields.correlation)
        text(",\"digest\":\"", fields, .digest)
        text(",\"environment\":\"", fields, .environment)
        identity(",\"id\":\"", fields.id)
        text(",\"kind\":\"", fields, .kind)
        text(",\"known\":\"", fields, .known)
        if fields.salt == nil { payloadHash(",\"payload\":\"", fields) }
        number(",\"position\":", fields.position)
        number(",\"recorded\":", fields.recordedMicroseconds)
        text(",\"revision\":\"", fields, .revision)
        if fields.salt != nil { payloadHash(",\"salted_payload\":\"", fields) }
        number(",\"sequence\":", fields.sequence)
        text(",\"service\":\"", fields, .service)
        text(",\"source\":\"", fields, .source)
        text(",\"source_id\":\"", fields, .sourceID)
        text(",\"stream\":\"", fields, .stream)
        text(",\"tag\":\"", fields, .tag)
        number(",\"time\":", fields.timeMicroseconds)
        buffer.append(UInt8(ascii: "}"))
    }

    private mutating func payloadHash(_ name: StaticString, _ fields: some HeaderFields) {
        add(name)
        if let hash = fields.redaction?.payloadHash {
            buffer.append(contentsOf: hash.rawValue.utf8)
        } else {
            fields.withText(.payload) { bytes in
                let digest = PayloadSalt.hash(
                    UnsafeRawBufferPointer(bytes ?? .init(start: nil, count: 0)),
                    with: fields.salt)
                digest.withUnsafeBytes { Hex.append($0, to: &buffer) }
            }
        }
        buffer.append(UInt8(ascii: "\""))
    }

    private mutating func add(_ text: StaticString) {
        buffer.append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func text(
        _ name: StaticString, _ fields: some HeaderFields, _ field: HeaderText
    ) {
        fields.withText(field) { bytes in
            guard let bytes else { return }
            add(name)
            Canonical.appendInside(bytes, to: &buffer)
            buffer.append(UInt8(ascii: "\""))
        }
    }

    private mutating func number(_ name: StaticString, _ value: Int) {
        add(name)
        Digits.append(value, to: &buffer)
    }

    private mutating func identity(_ name: StaticString, _ id: EntryID?) {
        guard let id else { return }
        add(name)
        id.append(to: &buffer)
        buffer.append(UInt8(ascii: "\""))
    }
}

/// The text fields of a header.
package enum HeaderText: Sendable {
    case by, digest, environment, kind, known, payload, revision, service, source, sourceID
    case stream, tag
}

/// The fields that a header is made of, independent of their storage.
package protocol HeaderFields {
    var id: EntryID { get }
    var cause: EntryID? { get }
    var correlation: EntryID? { get }
    var sequence: Int { get }
    var position: Int { get }
    /// Since 1970.
    var timeMicroseconds: Int { get }
    /// Since 1970.
    var recordedMicroseconds: Int { get }
    /// What is hashed with the payload, if anything is.
    var salt: PayloadSalt? { get }
    /// The redaction of the payload, if there is one.
    var redaction: Redaction? { get }
    /// Calls `body` with the bytes of a text; `nil` if the text is absent.
    func withText(_ field: HeaderText, _ body: (UnsafeBufferPointer<UInt8>?) -> Void)
}

extension Entry: HeaderFields {
    package var cause: EntryID? { draft.cause }
    package var correlation: EntryID? { draft.correlation }
    package var salt: PayloadSalt? { draft.salt }
    package var redaction: Redaction? { draft.redaction }
    package var timeMicroseconds: Int { Int(draft.time.microseconds) }
    package var recordedMicroseconds: Int { Int(draft.recorded.microseconds) }

    package func withText(
        _ field: HeaderText, _ body: (UnsafeBufferPointer<UInt8>?) -> Void
    ) {
        guard var text = text(field) else { return body(nil) }
        text.withUTF8 { body($0) }
    }

    private func text(_ field: HeaderText) -> String? {
        switch field {
        case .by: draft.by.name
        case .digest: draft.subject.digest?.rawValue
        case .environment: draft.subject.environment?.rawValue
        case .kind: draft.kind
        case .known: draft.by.known.rawValue
        case .payload: draft.payload
        case .revision: draft.subject.revision?.rawValue
        case .service: draft.subject.service?.rawValue
        case .source: draft.source?.name
        case .sourceID: draft.source?.id
        case .stream: stream.rawValue
        case .tag: draft.subject.tag?.rawValue
        }
    }
}

extension ContentHash {
    /// SHA-256 of the bytes.
    public init(of bytes: [UInt8]) {
        self.init(unchecked: Hex.encode(SHA256.hash(data: bytes)))
    }
}

/// Writes integers as decimal digits.
package enum Digits {
    package static func append(_ value: Int, to text: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var at = digits.count
            var rest = value.magnitude
            repeat {
                at -= 1
                digits[at] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                at -= 1
                digits[at] = UInt8(ascii: "-")
            }
            text.append(contentsOf: digits[at...])
        }
    }
}
