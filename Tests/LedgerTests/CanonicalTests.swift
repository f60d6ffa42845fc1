import Foundation
import Ledger
import Support
import Testing

/// RFC 8785: the byte form that is hashed.
struct CanonicalTests {
    @Test func theExampleOfTheRFC() throws {
        let text = #"""
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """#
        let expected =
            #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
            + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
        #expect(Canonical.text(try JSONValue(parsing: text)) == expected)
    }

    @Test func namesStandInTheOrderOfTheirUTF16Units() throws {
        let text = #"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#
        let canonical = Canonical.text(try JSONValue(parsing: text))
        #expect(
            canonical == "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}")
    }

    /// Appendix B of the RFC: IEEE 754 bits and their text.
    @Test(
        arguments: [
            (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"), (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"), (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"), (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"), (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        ] as [(UInt64, String)])
    func numbersAsECMAScriptPrintsThem(bits: UInt64, text: String) {
        #expect(Canonical.number(Double(bitPattern: bits)) == text)
    }

    @Test(arguments: [
        #"{"a":1,"a":2}"#, "[1,]", "{\"a\" 1}", "\"\\ud800\"", "01", "1.", "nul", "[1] 2", "",
        "\u{FEFF}{}", "1e999", "\"\t\"", String(repeating: "[", count: 200),
    ])
    func whatIsNotStrictJSONIsRefused(text: String) {
        #expect(throws: JSONProblem.self) { try JSONValue(parsing: text) }
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(throws: JSONProblem.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
    }

    @Test func aProblemTellsItsLine() {
        #expect {
            try JSONValue(parsing: "{\"a\":\n  ?}")
        } throws: { error in
            (error as? JSONProblem)?.description == "line 2, byte 8: not a JSON value"
        }
    }

    /// Values of the vectors that are published with the RFC.
    @Test(arguments: [
        (#"[56, {"d": true, "10": null, "1": []}]"#, #"[56,{"1":[],"10":null,"d":true}]"#),
        (
            #"{"peach":1,"p\u00e9ch\u00e9":2,"p\u00eache":3,"sin":4}"#,
            #"{"peach":1,"péché":2,"pêche":3,"sin":4}"#
        ),
        (
            #"{"1":{"f":{"f":"hi","F":5},"\n":56},"10":{},"":"empty","a":{},"111":[{"e":"yes","E":"no"}],"A":{}}"#,
            #"{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}"#
        ),
        (#"{"Unnormalized Unicode":"A\u030a"}"#, "{\"Unnormalized Unicode\":\"A\u{30a}\"}"),
    ])
    func theDocumentsOfTheRFCComeOutAsPublished(_ input: String, _ output: String) throws {
        #expect(Array(Canonical.text(try JSONValue(parsing: input)).utf8) == Array(output.utf8))
    }

    // MARK: All published vectors, where they are present

    private static let arePresent = Shared.vectors("jcs-rfc8785/testdata") != nil
    private static let areNot: Comment = "the published vectors are not beside the repository"

    @Test(.enabled(if: arePresent, areNot))
    func thePublishedDocumentsComeOutAsPublished() throws {
        let folder = try #require(Shared.vectors("jcs-rfc8785/testdata"))
        for name in ["arrays", "french", "structures", "unicode", "values", "weird"] {
            let input = try Data(contentsOf: folder.appending(path: "input/\(name).json"))
            let output = try Data(contentsOf: folder.appending(path: "output/\(name).json"))
            #expect(Canonical.bytes(try JSONValue(parsing: input)) == Array(output), "\(name)")
        }
    }

    @Test(.enabled(if: arePresent, areNot))
    func thePublishedNumbersComeOutAsPublished() throws {
        let file = try #require(Shared.vectors("jcs-rfc8785/es6testfile-first-10000.txt"))
        var wrong = 0
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let parts = line.split(separator: ",")
            guard let bits = UInt64(parts[0], radix: 16) else { continue }
            if Canonical.number(Double(bitPattern: bits)) != parts[1] { wrong += 1 }
        }
        #expect(wrong == 0)
    }

    @Test(.enabled(if: arePresent, areNot))
    func theParserAgreesWithTheTestSuite() throws {
        let folder = try #require(Shared.vectors("json-parsing/test_parsing"))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        for name in files where name.hasSuffix(".json") {
            let data = try Data(contentsOf: folder.appending(path: name))
            let accepted = (try? JSONValue(parsing: data)) != nil
            // Duplicate names are JSON, but not I-JSON; everything else is as the suite has it.
            if name.hasPrefix("y_"), !name.contains("duplicated_key") {
                #expect(accepted, "\(name)")
            }
            if name.hasPrefix("n_") { #expect(!accepted, "\(name)") }
        }
    }
}
