import Foundation

/// Waits for a condition of another process, at most a minute: a test that waits for ever tells
/// nothing.
public func eventually(
    _ what: String, within seconds: Double = 60, _ condition: () throws -> Bool
) async throws {
    let start = ContinuousClock.now
    while try !condition() {
        if ContinuousClock.now - start > .seconds(seconds) { throw NeverHappened(what: what) }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// A condition that did not come true in time.
public struct NeverHappened: Error {
    public let what: String
}
