/// The result of a restore.
public struct Restored: Sendable {
    public let copy: Verification
    /// The entries that are known to be lost.
    public let lost: ClosedRange<Int>?
    /// The new path of the replaced file; `nil` if there was none.
    public let aside: String?

    public init(copy: Verification, lost: ClosedRange<Int>?, aside: String?) {
        self.copy = copy
        self.lost = lost
        self.aside = aside
    }
}
