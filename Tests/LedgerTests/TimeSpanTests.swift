import Ledger
import Testing

/// Durations as people write them.
struct TimeSpanTests {
    @Test(arguments: [
        ("90s", 90.0), ("30min", 1800), ("6h", 21_600), ("2 days", 172_800), ("1w", 604_800),
        ("0h", 0), ("15 minutes", 900),
    ])
    func aNumberWithAUnitIsADuration(text: String, seconds: Double) {
        #expect(TimeSpan.seconds(text) == seconds)
    }

    @Test(arguments: [
        "", "h", "6", "6 h ago", "-6h", "6hh", "1.5h", "6 h h", "４h",
    ])
    func everythingElseIsNot(text: String) {
        #expect(TimeSpan.seconds(text) == nil)
    }
}
