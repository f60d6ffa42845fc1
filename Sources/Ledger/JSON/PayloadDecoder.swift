/// A payload field that is missing, has the wrong type or is unknown, by name.
public struct FieldProblem: Error, Equatable, CustomStringConvertible {
    /// The path to the field: `hosts.0.name`.
    public let field: String
    public let reason: String
    public var description: String { "field \"\(field)\": \(reason)" }

    public init(field: String, reason: String) {
        self.field = field
        self.reason = reason
    }
}

/// Decodes JSON into payloads and records which fields they request, so that unknown fields are
/// found.
final class PayloadDecoder {
    /// A field that a payload requests at its top level.
    struct Asked: Equatable {
        let name: String
        let required: Bool
        let type: String
    }
    private(set) var asked: [Asked] = []
    /// Which missing fields are filled with examples; used to list the fields of a kind.
    enum Examples { case none, required, all }
    let examples: Examples

    init(examples: Examples = .none) { self.examples = examples }

    func decode<T: Decodable>(_ type: T.Type, from value: JSONValue) throws -> T {
        do {
            return try T(from: Level(value: value, codingPath: [], root: self))
        } catch let error as DecodingError {
            throw FieldProblem(error)
        }
    }

    fileprivate func note(_ key: any CodingKey, required: Bool, _ type: Any.Type, depth: Int) {
        guard depth == 0, !asked.contains(where: { $0.name == key.stringValue }) else { return }
        asked.append(
            Asked(name: key.stringValue, required: required, type: Self.title(of: type)))
    }

    private static func title(of type: Any.Type) -> String {
        if let name = type as? any Name.Type {
            return String(name.title.drop { $0 != " " }.dropFirst())
        }
        switch type {
        case is String.Type: return "text"
        case is Int.Type: return "number"
        case is Bool.Type: return "true or false"
        case is Timestamp.Type: return "time"
        case is EntryID.Type: return "entry id"
        case is any Collection.Type: return "list"
        case let choice as any Choice.Type: return choice.spellings.joined(separator: "|")
        default: return "object"
        }
    }
}

/// A field that is one of a few words.
public protocol Choice: RawRepresentable<String>, Codable, CaseIterable, Sendable {}

extension Choice {
    static var spellings: [String] { allCases.map(\.rawValue) }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(rawValue: text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "\"\(text.prefix(40))\" is not one of "
                    + Self.spellings.joined(separator: ", "))
        }
        self = value
    }
}

extension FieldProblem {
    init(_ error: DecodingError) {
        let (context, reason): (DecodingError.Context, String?) =
            switch error {
            case .keyNotFound(let key, let context):
                (
                    DecodingError.Context(
                        codingPath: context.codingPath + [key], debugDescription: ""),
                    "it is required but missing"
                )
            case .typeMismatch(_, let context), .valueNotFound(_, let context),
                .dataCorrupted(let context):
                (context, nil)
            @unknown default:
                (DecodingError.Context(codingPath: [], debugDescription: "\(error)"), nil)
            }
        field = context.codingPath.map(\.stringValue).joined(separator: ".")
        self.reason = reason ?? context.debugDescription
    }
}

private struct Level: Decoder {
    let value: JSONValue
    let codingPath: [any CodingKey]
    let root: PayloadDecoder
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = value else { throw mismatch(type, "an object") }
        return KeyedDecodingContainer(
            Members<Key>(members: members, codingPath: codingPath, root: root))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = value else { throw mismatch([Any].self, "a list") }
        return Elements(elements: elements, codingPath: codingPath, root: root)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    func mismatch(_ type: Any.Type, _ wanted: String) -> DecodingError {
        .typeMismatch(
            type,
            .init(
                codingPath: codingPath, debugDescription: "expected \(wanted), not \(value.title)")
        )
    }
}

extension Level: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard let bool = value.bool else { throw mismatch(type, "true or false") }
        return bool
    }

    func decode(_ type: String.Type) throws -> String {
        guard let string = value.string else { throw mismatch(type, "a text") }
        return string
    }

    func decode(_ type: Double.Type) throws -> Double {
        guard case .number(let number) = value else { throw mismatch(type, "a number") }
        return number
    }

    func decode(_ type: Int.Type) throws -> Int { try whole(type) }

    /// Decodes any integer type. Payloads use `Int`; the protocol requires the others.
    private func whole<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
        guard let number = value.integer, let whole = T(exactly: number) else {
            throw mismatch(type, "a whole number")
        }
        return whole
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int8.Type) throws -> Int8 { try whole(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try whole(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try whole(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try whole(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try whole(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try whole(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try whole(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try whole(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try whole(type) }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        if type == JSONValue.self, let raw = value as? T { return raw }
        return try T(from: self)
    }
}

private struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let members: [String: JSONValue]
    let codingPath: [any CodingKey]
    let root: PayloadDecoder

    var allKeys: [Key] { members.keys.compactMap(Key.init(stringValue:)) }
    func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }
    func decodeNil(forKey key: Key) throws -> Bool {
        members[key.stringValue].map { $0 == .null } ?? true
    }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        root.note(key, required: true, type, depth: codingPath.count)
        guard let value = members[key.stringValue], value != .null else {
            if root.examples != .none, let example = Self.example(of: type) {
                return try level(example, key).decode(type)
            }
            throw DecodingError.keyNotFound(
                key, .init(codingPath: codingPath, debugDescription: ""))
        }
        return try level(value, key).decode(type)
    }

    // The protocol's default implementations for basic types would skip `note`.
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        try optional(type, key)
    }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try optional(type, key)
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try optional(type, key)
    }
    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        try optional(type, key)
    }

    private func optional<T: Decodable>(_ type: T.Type, _ key: Key) throws -> T? {
        root.note(key, required: false, type, depth: codingPath.count)
        guard let value = members[key.stringValue], value != .null else {
            guard root.examples == .all, let example = Self.example(of: type) else { return nil }
            return try level(example, key).decode(type)
        }
        return try level(value, key).decode(type)
    }

    private func level(_ value: JSONValue, _ key: Key) -> Level {
        Level(value: value, codingPath: codingPath + [key], root: root)
    }

    private static func example(of type: Any.Type) -> JSONValue? {
        if let name = type as? any Name.Type { return .string(name.example) }
        if let choice = type as? any Choice.Type {
            return choice.spellings.first.map { .string($0) }
        }
        switch type {
        case is String.Type: return "text"
        case is Int.Type, is Double.Type: return 1
        case is Bool.Type: return true
        case is Timestamp.Type: return "2026-11-20T09:14:03Z"
        case is EntryID.Type: return "01932f3c-8a00-7000-8000-000000000001"
        case is any Collection.Type: return []
        default: return [:]
        }
    }

    func nestedContainer<NestedKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try level(members[key.stringValue] ?? .null, key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try level(members[key.stringValue] ?? .null, key).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder {
        Level(value: .object(members), codingPath: codingPath, root: root)
    }
    func superDecoder(forKey key: Key) throws -> any Decoder {
        level(members[key.stringValue] ?? .null, key)
    }
}

private struct Elements: UnkeyedDecodingContainer {
    let elements: [JSONValue]
    let codingPath: [any CodingKey]
    let root: PayloadDecoder
    var currentIndex = 0
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    init(elements: [JSONValue], codingPath: [any CodingKey], root: PayloadDecoder) {
        self.elements = elements
        self.codingPath = codingPath
        self.root = root
    }

    private struct Index: CodingKey {
        let intValue: Int?
        var stringValue: String { intValue.map(String.init) ?? "" }
        init(intValue: Int) { self.intValue = intValue }
        init?(stringValue: String) { nil }
    }

    private mutating func next() throws -> Level {
        let path = codingPath + [Index(intValue: currentIndex)]
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                JSONValue.self, .init(codingPath: path, debugDescription: "the list is too short"))
        }
        defer { currentIndex += 1 }
        return Level(value: elements[currentIndex], codingPath: path, root: root)
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, elements[currentIndex] == .null else { return false }
        currentIndex += 1
        return true
    }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().decode(type) }
    mutating func nestedContainer<NestedKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> { try next().container(keyedBy: type) }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next().unkeyedContainer()
    }
    mutating func superDecoder() throws -> any Decoder { try next() }
}
