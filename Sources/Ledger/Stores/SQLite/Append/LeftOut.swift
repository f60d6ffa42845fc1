/// Parts of the work that a store may skip, to measure their cost. Only benchmarks use it.
package struct LeftOut: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
    package static let tree = LeftOut(rawValue: 1)
    package static let search = LeftOut(rawValue: 2)
}
