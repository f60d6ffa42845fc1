/// An external fact as received: a kind and its fields.
public struct Fact: Hashable, Sendable {
    public var kind: String
    public var fields: JSONValue
    /// When it happened; the current time if `nil`.
    public var time: Timestamp?
    public var source: Source?
    public var by: Author?
    /// Whether the fields come from an event and are therefore valid for the kind.
    package let isChecked: Bool

    public init(
        kind: String, fields: JSONValue, time: Timestamp? = nil, source: Source? = nil,
        by: Author? = nil
    ) {
        self.kind = kind
        self.fields = fields
        self.time = time
        self.source = source
        self.by = by
        isChecked = false
    }

    /// A fact of a known event.
    public init(
        _ event: Event, time: Timestamp? = nil, source: Source? = nil, by: Author? = nil
    ) {
        kind = event.kind
        fields = event.fields
        self.time = time
        self.source = source
        self.by = by
        isChecked = true
    }
}
