import CommandEngine
import CommandImporters
import CommandPorts
import Crypto
import Foundation
import Ledger
import LedgerText
import Projections
import Support
import Synchronization
import Testing

/// Facts that deliveries missed are found, and nothing else is.
struct ReconcileTests {
    private static let image = "registry.example/shop/web"
    private static let base = "https://registry.example/v2/shop/web/"
    private let recorder = memoryRecorder()

    // MARK: Registries

    private func digest(_ text: String) throws -> ImageDigest {
        try ImageDigest("sha256:" + Hex.encode(SHA256.hash(data: Array(text.utf8))))
    }

    private func registry(_ tags: [String: String]) -> ScriptedRegistry {
        let registry = ScriptedRegistry()
        let names = tags.keys.sorted().map { "\"\($0)\"" }.joined(separator: ",")
        registry.put(Self.base + "tags/list?n=1000", #"{"tags":[\#(names)]}"#)
        for (tag, text) in tags { registry.put(Self.base + "manifests/" + tag, text) }
        return registry
    }

    private func missing(_ registry: ScriptedRegistry) async throws -> [Fact] {
        try await RegistryReconciling(transport: registry, insecure: []).facts(
            of: Sample.web, image: Self.image,
            known: try await recorder.projector.tags(), in: recorder.store)
    }

    private func said(_ facts: [Fact]) -> [String] {
        facts.map { "\($0.kind) \($0.fields["tag"]?.string ?? "")" }
    }

    @Test func tagsThatCameMovedOrWentAreFound() async throws {
        let first = try await missing(registry(["v1": "a", "v2": "b"]))
        #expect(said(first) == ["image.tagged v1", "image.tagged v2"])
        #expect(first[0].fields["digest"] == .string(try digest("a").rawValue))
        _ = try await recorder.record(first)
        #expect(try await missing(registry(["v1": "a", "v2": "b"])).isEmpty)

        let second = try await missing(registry(["v1": "c", "v3": "b"]))
        #expect(said(second) == ["image.tagged v1", "image.tagged v3", "image.deleted v2"])
        _ = try await recorder.record(second)
        #expect(try await missing(registry(["v1": "c", "v3": "b"])).isEmpty)

        // What went may come again, as what it was.
        let third = try await missing(registry(["v1": "c", "v2": "b", "v3": "b"]))
        #expect(said(third) == ["image.tagged v2"])
        _ = try await recorder.record(third)
        #expect(try await missing(registry(["v1": "c", "v2": "b", "v3": "b"])).isEmpty)
    }

    @Test func whatWasFoundTwiceBeforeItWasRecordedIsOneFact() async throws {
        let registry = registry(["v1": "a"])
        let (one, two) = (try await missing(registry), try await missing(registry))
        _ = try await recorder.record(one)
        let head = try await recorder.store.head()
        _ = try await recorder.record(two)
        #expect(try await recorder.store.head() == head)
    }

    /// What another image was called says nothing of this one.
    @Test func anImageThatMovedTookNoTagsAlong() async throws {
        let elsewhere = ImageTagging(
            service: Sample.web, tag: ReleaseTag(unchecked: "v0"), digest: try digest("z"),
            image: "old.example/shop/web")
        _ = try await recorder.record([Fact(.imageTagged(elsewhere))])
        #expect(said(try await missing(registry(["v1": "a"]))) == ["image.tagged v1"])
    }

    /// Without an answer nothing is known: no tag has gone because of it.
    @Test func aRegistryThatIsSilentHasLostNothing() async throws {
        let registry = registry(["v1": "a"])
        _ = try await recorder.record(try await missing(registry))
        registry.answers.withLock {
            $0[Self.base + "tags/list?n=1000"] = HTTPResponse(status: 503)
        }
        await #expect(throws: HTTPSilence.self) { _ = try await missing(registry) }
    }

    @Test func allPagesOfTagsAreRead() async throws {
        let registry = registry(["v1": "a"])
        registry.answers.withLock {
            $0[Self.base + "tags/list?n=1000"]?.headers["link"] =
                #"<https://elsewhere.example/v2/shop/web/tags/list?n=1000&last=v1>; rel="next""#
        }
        registry.put(Self.base + "tags/list?n=1000&last=v1", #"{"tags":["v2"]}"#)
        registry.put(Self.base + "manifests/v2", "b")
        #expect(said(try await missing(registry)) == ["image.tagged v1", "image.tagged v2"])
        // Who we are is told to nobody but the registry.
        #expect(
            registry.asked.withLock { $0.allSatisfy { $0.address.hasPrefix(Self.base) } })
    }

    // MARK: Git

    private func push(_ revision: String, before: String, forced: Bool = false) -> Fact {
        Fact(
            .pushed(
                Push(
                    repository: RepositoryName(unchecked: "acme/shop"), branch: "main",
                    revision: Revision(unchecked: revision), before: Revision(unchecked: before),
                    forced: forced ? true : nil)))
    }

    private func gaps() async throws -> [String] {
        try await recorder.projector.gaps(
            in: "main", of: RepositoryName(unchecked: "acme/shop")
        ).map { "\($0.after)..\($0.upTo)" }
    }

    private func commit(_ letter: String) -> String { String(repeating: letter, count: 40) }

    @Test func aPushThatDoesNotBeginWhereTheLastEndedLeavesAGap() async throws {
        _ = try await recorder.record([
            push(commit("b"), before: commit("a")), push(commit("c"), before: commit("b")),
        ])
        #expect(try await gaps().isEmpty)
        _ = try await recorder.record([push(commit("e"), before: commit("d"))])
        #expect(try await gaps() == ["\(commit("c"))..\(commit("d"))"])
        // Forced, a branch may begin anywhere.
        _ = try await recorder.record([push(commit("f"), before: commit("0"), forced: true)])
        #expect(try await gaps() == ["\(commit("c"))..\(commit("d"))"])
    }

    /// What is not in the clone is not said to be complete.
    @Test func aGapThatCannotBeReadIsRefused() async throws {
        let sandbox = try Sandbox()
        let made = try await Spoken.run(
            [
                "sh", "-ec",
                "git init -q -b main . && git remote add origin https://x/acme/shop.git && "
                    + "git -c user.name=dana -c user.email=d@x commit -q --allow-empty -m one",
            ],
            in: sandbox.folder)
        #expect(made.code == 0)
        let importer = try await GitImporter(
            folder: sandbox.folder.path, branch: "main", repository: nil, now: Fixed.start)
        await #expect(throws: Refusal.self) {
            _ = try await importer.facts(
                after: Revision(unchecked: commit("a")), upTo: Revision(unchecked: commit("b")))
        }
    }

    /// A repository that the registry does not know is not one whose tags all went.
    @Test func anUnknownRepositoryHasLostNothing() async throws {
        _ = try await recorder.record(try await missing(registry(["v1": "a"])))
        await #expect(throws: HTTPSilence.self) { _ = try await missing(ScriptedRegistry()) }
    }

    /// What is found in the repository fills the gap, and the branch stands where it stood.
    @Test func whatIsFoundFillsTheGap() async throws {
        let sandbox = try Sandbox()
        let made = try await Spoken.run(
            [
                "sh", "-ec",
                """
                git init -q -b main .
                git config user.name dana; git config user.email d@x
                git remote add origin https://github.com/acme/shop.git
                for n in 1 2 3 4 5; do git commit -q --allow-empty -m "$n"; done
                git log --reverse --format=%H
                """,
            ], in: sandbox.folder)
        let commits = made.output.split(separator: "\n").map(String.init)
        try #require(commits.count == 5, "\(made.error)")
        _ = try await recorder.record([
            push(commits[0], before: commits[0]), push(commits[4], before: commits[3]),
        ])
        #expect(try await gaps() == ["\(commits[0])..\(commits[3])"])
        let importer = try await GitImporter(
            folder: sandbox.folder.path, branch: "main", repository: nil, now: Fixed.start)
        let found = try await importer.facts(
            after: Revision(unchecked: commits[0]), upTo: Revision(unchecked: commits[3]))
        #expect(found.map { $0.fields["revision"]?.string } == Array(commits[1...3]))
        _ = try await recorder.record(found)
        #expect(try await gaps().isEmpty)
        let view = try await recorder.projector.repository(
            RepositoryName(unchecked: "acme/shop"), branch: "main")
        #expect(view.head?.rawValue == commits[4])
    }
}
