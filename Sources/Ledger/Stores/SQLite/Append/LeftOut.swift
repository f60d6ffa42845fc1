/// What a store may leave out, for measuring what it costs. Off the road of every user.
package struct LeftOut: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
    package static let tree = LeftOut(rawValue: 1)
    package static let search = LeftOut(rawValue: 2)
}
