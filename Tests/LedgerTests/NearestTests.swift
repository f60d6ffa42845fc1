import Ledger
import Testing

/// The known word that was probably meant.
struct NearestTests {
    @Test(arguments: [
        ("tga", "tag"), ("wbe", "web"), ("stauts", "status"), ("prod", "production"),
        ("previus", "previous"), ("deploi", "deploy"),
    ])
    func aMistypedWordIsFound(word: String, meant: String) {
        let known = ["tag", "web", "status", "production", "previous", "deploy", "staging"]
        #expect(nearest(to: word, among: known) == meant)
    }

    @Test func aWordThatCouldBeSeveralIsNotGuessed() {
        #expect(nearest(to: "v9", among: ["v1", "v2"], alone: true) == nil)
        #expect(nearest(to: "st", among: ["status", "staging"]) == nil)
        #expect(nearest(to: "p", among: ["production"]) == nil)
        #expect(nearest(to: "unrelated", among: ["web"]) == nil)
    }
}
