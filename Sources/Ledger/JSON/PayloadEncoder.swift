/// Encodes payloads as JSON values. Members that are `nil` are left out.
struct PayloadEncoder {
    static func encode(_ value: some Encodable) throws -> JSONValue {
        let slot = Slot()
        try value.encode(to: Place(slot: slot))
        return slot.json
    }
}

/// The destination of an encoder's value: a leaf, a list or an object that grows.
private final class Slot {
    var value: JSONValue = .null
    var members: [String: Slot]?
    var elements: [Slot]?

    var json: JSONValue {
        if let members { return .object(members.mapValues(\.json)) }
        if let elements { return .array(elements.map(\.json)) }
        return value
    }

    func member(_ name: String) -> Slot {
        let slot = Slot()
        members = members ?? [:]
        members?[name] = slot
        return slot
    }

    func element() -> Slot {
        let slot = Slot()
        elements = (elements ?? []) + [slot]
        return slot
    }
}

/// No error names where it was: a path for each value would cost more than the value.
private struct Place: Encoder {
    let slot: Slot
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        slot.members = slot.members ?? [:]
        return KeyedEncodingContainer(Members<Key>(slot: slot))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        slot.elements = slot.elements ?? []
        return Elements(slot: slot)
    }
    func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension Place: SingleValueEncodingContainer {
    func encodeNil() throws { slot.value = .null }
    func encode(_ value: Bool) throws { slot.value = .bool(value) }
    func encode(_ value: String) throws { slot.value = .string(value) }
    func encode(_ value: Double) throws { slot.value = .number(value) }
    func encode(_ value: Float) throws { slot.value = .number(Double(value)) }
    func encode(_ value: Int) throws { slot.value = .number(Double(value)) }
    func encode(_ value: Int8) throws { slot.value = .number(Double(value)) }
    func encode(_ value: Int16) throws { slot.value = .number(Double(value)) }
    func encode(_ value: Int32) throws { slot.value = .number(Double(value)) }
    func encode(_ value: Int64) throws { slot.value = .number(Double(value)) }
    func encode(_ value: UInt) throws { slot.value = .number(Double(value)) }
    func encode(_ value: UInt8) throws { slot.value = .number(Double(value)) }
    func encode(_ value: UInt16) throws { slot.value = .number(Double(value)) }
    func encode(_ value: UInt32) throws { slot.value = .number(Double(value)) }
    func encode(_ value: UInt64) throws { slot.value = .number(Double(value)) }
    func encode<T: Encodable>(_ value: T) throws {
        if let json = value as? JSONValue {
            slot.value = json
        } else {
            try value.encode(to: self)
        }
    }
}

private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let slot: Slot
    var codingPath: [any CodingKey] { [] }

    private func place(_ key: Key) -> Place {
        Place(slot: slot.member(key.stringValue))
    }
    mutating func encodeNil(forKey key: Key) throws { try place(key).encodeNil() }
    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try place(key).encode(value)
    }
    mutating func nestedContainer<NestedKey>(
        keyedBy keyType: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> { place(key).container(keyedBy: keyType) }
    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        place(key).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { Place(slot: slot) }
    mutating func superEncoder(forKey key: Key) -> any Encoder { place(key) }
}

private struct Elements: UnkeyedEncodingContainer {
    let slot: Slot
    var codingPath: [any CodingKey] { [] }
    var count: Int { slot.elements?.count ?? 0 }

    private func place() -> Place { Place(slot: slot.element()) }
    mutating func encodeNil() throws { try place().encodeNil() }
    mutating func encode<T: Encodable>(_ value: T) throws { try place().encode(value) }
    mutating func nestedContainer<NestedKey>(
        keyedBy keyType: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> { place().container(keyedBy: keyType) }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        place().unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { place() }
}

extension JSONValue: Codable {
    /// `PayloadDecoder` passes the value unchanged; any other decoder is queried for its content.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension JSONValue {
    /// Encodes a value of names, numbers, texts and lists as JSON; `nil` members are left out.
    public init(encoding value: some Encodable) throws { self = try PayloadEncoder.encode(value) }

    /// Decodes a value of the type from this JSON; throws `FieldProblem`.
    public func decoded<T: Decodable>(as type: T.Type = T.self) throws -> T {
        try PayloadDecoder().decode(type, from: self)
    }
}
