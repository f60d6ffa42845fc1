/// A JSON document as a value (RFC 8259, within I-JSON: RFC 7493).
///
/// Numbers are IEEE 754 doubles, as in RFC 8785: integers are exact up to 2^53.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The member of an object; `nil` if this is not an object or has no such member.
    public subscript(member: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[member]
    }

    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The number, if it is an integer.
    public var integer: Int? {
        guard case .number(let value) = self else { return nil }
        return Int(exactly: value)
    }

    public var array: [JSONValue]? {
        guard case .array(let value) = self else { return nil }
        return value
    }

    public var object: [String: JSONValue]? {
        guard case .object(let value) = self else { return nil }
        return value
    }

    /// The path to a number beyond 2^53, which may have lost precision (RFC 7493, section 2.2);
    /// `nil` if there is none.
    public var inexactNumber: String? {
        switch self {
        case .number(let value): abs(value) > 0x1p53 ? "" : nil
        case .array(let elements):
            elements.enumerated().lazy.compactMap { place, element in
                element.inexactNumber.map { $0.isEmpty ? "\(place)" : "\(place).\($0)" }
            }.first
        case .object(let members):
            members.lazy.compactMap { name, value in
                value.inexactNumber.map { $0.isEmpty ? name : "\(name).\($0)" }
            }.first
        case .null, .bool, .string: nil
        }
    }

    /// The value described for a message: `a string`.
    public var title: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let value): "the number \(Canonical.number(value))"
        case .string(let value): "the text \"\(value.prefix(40))\""
        case .array: "a list"
        case .object: "an object"
        }
    }

    public init(_ value: Int) { self = .number(Double(value)) }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}
