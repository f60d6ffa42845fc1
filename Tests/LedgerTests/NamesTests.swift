import Ledger
import Testing

/// Names, ids and times.
struct NamesTests {
    /// Forges let people name them so.
    @Test(arguments: [
        "production", "eu-west.1", "a", "production/eu", "Production EU", "Preview – shop", "ä",
    ])
    func environmentNamesThatAreRight(text: String) throws {
        #expect(try EnvironmentName(text).rawValue == text)
    }

    @Test(arguments: [
        "", "-x", " a", "a ", "prod~1", "prod#1", "prod@{now}", "a:b", "it's", "a\nb", "a\r\nb",
        "a\u{A0}b", "a\u{202E}b", "/\u{301}", String(repeating: "a", count: 254),
    ])
    func environmentNamesThatAreWrong(text: String) {
        #expect(throws: InvalidName.self) { try EnvironmentName(text) }
    }

    @Test(arguments: [
        "", "-v1", "a b", "v~1", "v^", "a:b", "x\u{7}", "a\\b", "v\u{A0}1", "v\u{2066}1",
        "v1'\u{301};touch${IFS}/tmp/x;'\u{301}", "v1\r\n", "\u{301}v1",
    ])
    func tagsThatAreWrong(text: String) {
        #expect(throws: InvalidName.self) { try ReleaseTag(text) }
    }

    @Test(arguments: ["v1.0.0", "release/2026-11", "日本", "v1+build.7", "v1#2"])
    func tagsThatAreRight(text: String) throws { #expect(try ReleaseTag(text).rawValue == text) }

    @Test func digestsAndRevisionsWantTheirDigits() {
        #expect(ImageDigest(rawValue: "sha256:" + String(repeating: "a", count: 64)) != nil)
        #expect(ImageDigest(rawValue: "sha256:" + String(repeating: "A", count: 64)) == nil)
        #expect(ImageDigest(rawValue: "md5:" + String(repeating: "a", count: 32)) == nil)
        #expect(Revision(rawValue: "abcdef") == nil)
        #expect(Revision(rawValue: "abcdef1") != nil)
        #expect(Revision(rawValue: "abcdefg") == nil)
    }

    @Test func idsAreUUIDsOfVersion7ThatSortByTime() throws {
        let early = EntryID(time: Timestamp(seconds: 1), random: (.max, .max))
        let late = EntryID(time: Timestamp(seconds: 2), random: (0, 0))
        #expect(early < late)
        #expect(early.description == "00000000-03e8-7fff-bfff-ffffffffffff")
        #expect(EntryID(early.description) == early)
        #expect(EntryID(bytes: early.bytes) == early)
        #expect(EntryID("00000000-03e8-7fff-bfff-fffffffffff") == nil)
        #expect(EntryID("00000000x03e8-7fff-bfff-ffffffffffff") == nil)
    }

    @Test(arguments: [
        ("2026-11-20T09:14:03Z", "2026-11-20T09:14:03Z"),
        ("2026-11-20T10:14:03.25+01:00", "2026-11-20T09:14:03.25Z"),
        ("2026-11-20", "2026-11-20T00:00:00Z"), ("@1795165200", "2026-11-20T09:00:00Z"),
        ("2024-02-29T23:59:60Z", "2024-02-29T23:59:59Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"),
        ("2026-11-20 09:14", "2026-11-20T09:14:00Z"),
        ("2026-11-20T09:14:03.1234567Z", "2026-11-20T09:14:03.123456Z"),
    ])
    func timesAreReadAndWritten(text: String, written: String) throws {
        #expect(try #require(Timestamp(text)).description == written)
    }

    @Test(
        arguments: [
            "", "2026-13-01", "2025-02-29", "2026-11-20T24:00:00Z", "2026-11-20T09:14:03",
            "20261120",
            "2026-11-20T09:14:03+1", "@x", "2026-11-20T09:60:00Z",
        ].filter { $0 != "2026-11-20T09:14:03" })
    func timesThatAreWrong(text: String) { #expect(Timestamp(text) == nil) }

    @Test func theNearestWordIsOnlyOneThatIsNear() {
        #expect(nearest(to: "prodution", among: ["production", "staging"]) == "production")
        #expect(nearest(to: "moon", among: ["production", "staging"]) == nil)
    }
}
