/// What a line of a view has beside its columns, in the form of its view.
///
/// A fold reads the line that it made last. It finds the value there, and nobody writes and parses
/// the JSON in between.
public protocol LineDetail: Sendable {
    /// Canonical JSON.
    var text: String { get }
    /// Whether both say the same; a value equals its text.
    func isSame(as other: any LineDetail) -> Bool
}

extension LineDetail where Self: Equatable {
    /// Compares two values of one type, or the texts.
    public func isSame(as other: any LineDetail) -> Bool {
        if let other = other as? Self { return self == other }
        return ExactText(text) == ExactText(other.text)
    }
}

/// The detail of a line that was read from a store.
package struct DetailText: LineDetail, Equatable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: DetailText, right: DetailText) -> Bool {
        ExactText(left.text) == ExactText(right.text)
    }
}
