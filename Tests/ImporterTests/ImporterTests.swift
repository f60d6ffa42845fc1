import CommandEngine
import CommandImporters
import CommandPorts
import Foundation
import Ledger
import LedgerText
import Projections
import Support
import Testing

/// Repositories that are not as one would like them.
struct ImporterTests {
    private static let variables = [
        "PATH": "/usr/bin:/bin", "HOME": "/nowhere", "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Dana", "GIT_AUTHOR_EMAIL": "d@x", "GIT_COMMITTER_NAME": "Dana",
        "GIT_COMMITTER_EMAIL": "d@x",
        // The clock of whoever committed was wrong by years.
        "GIT_COMMITTER_DATE": "2049-01-01T00:00:00Z",
    ]

    private func shell(_ script: String, _ sandbox: Sandbox) async throws {
        let spoken = try await Spoken.run(
            ["/bin/sh", "-ec", script], in: sandbox.folder, variables: Self.variables)
        #expect(spoken.code == 0, "\(spoken.error)")
    }

    private func bring(
        _ sandbox: Sandbox, _ folder: String = ".", into recorder: Recorder,
        branch: String = "main"
    ) async throws -> GitImporter.Summary {
        let importer = try await GitImporter(
            folder: sandbox.path(folder), branch: branch, repository: nil, now: Fixed.start)
        let known = try await recorder.projector.repository(importer.repository, branch: branch)
        return try await importer.facts(
            since: known,
            isKnown: {
                try await recorder.projector.wasPushed(
                    $0, to: branch, of: importer.repository)
            }
        ) { facts, _ in
            _ = try await recorder.record(facts)
        }
    }

    @Test func anOctopusAndALongMessageAndBytesThatAreNotUTF8() async throws {
        let sandbox = try Sandbox()
        try await shell(
            """
            git init -q -b main .
            git commit -q --allow-empty -m base
            for b in a b c; do git checkout -q -b $b main; git commit -q --allow-empty -m "on $b"; done
            git checkout -q main
            git merge -q --no-ff a b c -m "Merge branches a, b and c" || git commit -q --allow-empty -m x
            head -c 10000000 /dev/zero | tr '\\0' 'm' > message
            git commit -q --allow-empty -F message
            printf 'caf\\351 au lait' > latin
            git -c i18n.commitEncoding=bytes commit -q --allow-empty -F latin 2> /dev/null
            git tag -a nested -m one && git tag -a outer -m two nested
            git tag a-tree HEAD^{tree}
            """, sandbox)
        let recorder = memoryRecorder()
        let summary = try await bring(sandbox, into: recorder)
        #expect(summary.commits == 4)
        #expect(summary.merges == 1)
        #expect(summary.passedOver == ["a-tree"])
        var merge: Entry?
        var longest = 0
        try await recorder.store.each { entry in
            if entry.payload["parents"]?.integer == 4 { merge = entry }
            longest = max(longest, entry.draft.payload.utf8.count)
            #expect(entry.time == Fixed.start)
        }
        #expect(merge != nil)
        #expect(longest < 20_000)
        let view = try await recorder.projector.repository(
            RepositoryName(unchecked: sandbox.folder.lastPathComponent), branch: "main")
        #expect(view.tags.count == 2)
        #expect(view.tags.values.allSatisfy { $0 == view.head })
        let again = try await bring(sandbox, into: recorder)
        #expect(again.commits == 0 && again.tags == 0)
    }

    @Test(arguments: [
        ("https://example.org/acme/shop.git", "acme/shop"),
        ("git@example.org:acme/shop.git", "acme/shop"), ("ssh://git@x:22/a/b/c", "b/c"),
        ("https://ci:s3cretpw@example.org/shop.git", "shop"), ("/srv/git/acme/shop", "acme/shop"),
    ])
    func theRepositoryIsCalledAsItsOrigin(url: String, name: String) async throws {
        let sandbox = try Sandbox()
        try await shell(
            "git init -q -b main . && git commit -q --allow-empty -m x && git remote add origin \(url)",
            sandbox)
        let importer = try await GitImporter(
            folder: sandbox.folder.path, branch: nil, repository: nil, now: Fixed.start)
        #expect(importer.repository.rawValue == name)
        #expect(importer.branch == "main")
    }

    private static let three = """
        git init -q -b main origin && cd origin
        for n in 1 2 3; do git commit -q --allow-empty -m "$n"; done
        git tag v1 HEAD~1 && git tag main HEAD~2 && cd .. && git clone -q origin first
        """

    /// Pipelines clone anew each time: a branch that was rewritten is one all the same, and what
    /// was told is not told again.
    @Test func aRewrittenBranchIsSeenInAFreshClone() async throws {
        let sandbox = try Sandbox()
        try await shell(Self.three, sandbox)
        let recorder = memoryRecorder()
        let first = try await bring(sandbox, "first", into: recorder)
        #expect(first.commits == 3 && first.tags == 2)
        for round in 1...2 {
            try await shell(
                """
                cd origin && git reset -q --hard HEAD~1
                git commit -q --allow-empty -m "new \(round)" && cd ..
                git clone -q file://$PWD/origin again-\(round) && git -C again-\(round) tag -d v1
                """, sandbox)
            let again = try await bring(sandbox, "again-\(round)", into: recorder)
            #expect(again.rewritten != nil && again.commits == 1)
            // The clone lacks what the ledger knows: what it does not hold is not gone for that.
            #expect(again.deleted == [] && again.tagsUnknown)
            let last = try await recorder.store.page(
                EntryFilter(), .newestFirst, after: nil, limit: 1)[0]
            #expect(last.payload["forced"]?.bool == true)
            #expect(last.payload["message"]?.string == "new \(round)")
        }
    }

    /// Fetched and not merged: the branch was not set back.
    @Test func aBranchThatWasOnlyFetchedIsNotRewritten() async throws {
        let sandbox = try Sandbox()
        try await shell(
            """
            git init -q -b main far && cd far && git commit -q --allow-empty -m one && cd ..
            git clone -q far near && cd far && git commit -q --allow-empty -m two && cd ..
            """, sandbox)
        let recorder = memoryRecorder()
        try await shell("cd far && git remote add origin https://x/acme/shop.git", sandbox)
        _ = try await bring(sandbox, "far", into: recorder)
        try await shell(
            "cd near && git fetch -q && git remote set-url origin https://x/acme/shop.git", sandbox)
        let summary = try await bring(sandbox, "near", into: recorder)
        #expect(summary.isBehind && summary.rewritten == nil && summary.commits == 0)
    }

    @Test func aCloneWithoutTagsDeletesNone() async throws {
        let sandbox = try Sandbox()
        try await shell(Self.three + " && git clone -q --no-tags origin bare", sandbox)
        let recorder = memoryRecorder()
        _ = try await bring(sandbox, "first", into: recorder)
        let again = try await bring(sandbox, "bare", into: recorder)
        #expect(again.deleted == [] && again.tagsUnknown)
        try await shell("git -C first tag -d v1", sandbox)
        #expect(try await bring(sandbox, "first", into: recorder).deleted == ["v1"])
    }

    /// A pipeline's checkout has no branch; which one it is has to be said.
    /// A webhook tells the last commit of a push; in CI `ledger record` may not know its message.
    @Test func anImportCompletesWhatOthersToldOfPushes() async throws {
        let sandbox = try Sandbox()
        try await shell(
            """
            git init -q -b main .
            for n in 1 2 3 4 5; do git commit -q --allow-empty -m "part $n"; done
            """, sandbox)
        let repository = RepositoryName(unchecked: sandbox.folder.lastPathComponent)
        func commit(_ name: String) async throws -> Revision {
            let said = try await Spoken.run(
                ["/usr/bin/git", "rev-parse", name], in: sandbox.folder, variables: Self.variables)
            return try #require(Revision(rawValue: said.output.trimmed))
        }
        let (first, last) = await (try commit("HEAD~4"), try commit("HEAD"))
        let recorder = memoryRecorder()
        _ = try await recorder.record([
            Fact(
                .pushed(
                    Push(repository: repository, branch: "main", revision: last, before: first)),
                time: Fixed.start.adding(seconds: -60), source: Source(name: "github", id: "1"))
        ])
        func ships() async throws -> [String?]? {
            let web = Sample.web
            return try await recorder.projector.shipment(
                from: Release(service: web, revision: first),
                to: Release(service: web, revision: last))?.comes.map(\.message)
        }
        #expect(try await ships() == [nil])
        #expect(try await bring(sandbox, into: recorder).commits == 5)
        #expect(try await ships() == ["part 5", "part 4", "part 3", "part 2"])
        let view = try await recorder.projector.repository(repository, branch: "main")
        #expect(view.head == last)
        #expect(try await bring(sandbox, into: recorder).commits == 0)
        try await shell("git commit -q --allow-empty -m 'part 6'", sandbox)
        #expect(try await bring(sandbox, into: recorder).commits == 1)
    }

    /// What a repository's own configuration names is run by nobody: neither to fetch what a clone
    /// left out, nor to filter what changed.
    @Test func aRepositoryRunsNothing() async throws {
        let sandbox = try Sandbox()
        try await shell(
            """
            git init -q -b main .
            echo one > file; git add file; git commit -q -m one
            echo two > file; git commit -q -a -m two
            first=$(git rev-parse HEAD~1)
            git config core.repositoryformatversion 1
            git config extensions.partialClone origin
            git config remote.origin.url "$PWD"
            git config remote.origin.promisor true
            git config remote.origin.uploadpack "touch $PWD/fetched; git-upload-pack"
            git config filter.x.clean "touch $PWD/filtered; cat"
            git config filter.x.required true
            echo '* filter=x' > .git/info/attributes
            echo three > file
            rm -f .git/objects/$(echo $first | cut -c1-2)/$(echo $first | cut -c3-)
            """, sandbox)
        _ = try? await bring(sandbox, into: memoryRecorder())
        let git = GitCommits(folder: sandbox.path("."), redacted: { $0 })
        _ = await git.between(Sample.revision(1), Sample.revision(2))
        #expect(await committedRevision(of: sandbox.path(".")) == nil)
        #expect(!FileManager.default.fileExists(atPath: sandbox.path("fetched")))
        #expect(!FileManager.default.fileExists(atPath: sandbox.path("filtered")))
    }

    @Test func theRepositoryAtHandKnowsWhatLiesBetween() async throws {
        let sandbox = try Sandbox()
        try await shell(
            """
            git init -q -b main .
            for n in 1 2 3; do git commit -q --allow-empty -m "part $n"; done
            git checkout -q --orphan other; git commit -q --allow-empty -m alone
            """, sandbox)
        func commit(_ name: String) async throws -> Revision {
            let said = try await Spoken.run(
                ["/usr/bin/git", "rev-parse", name], in: sandbox.folder, variables: Self.variables)
            return try #require(Revision(rawValue: said.output.trimmed))
        }
        let git = GitCommits(folder: sandbox.path("."), redacted: { $0 })
        let (one, three) = await (try commit("main~2"), try commit("main"))
        #expect(await git.between(three, one)?.map(\.message) == ["part 3", "part 2"])
        // What is not to be seen is taken out before anything is cut, of the author too.
        let quiet = GitCommits(folder: sandbox.path(".")) { _ in "gone" }
        #expect(await quiet.between(three, one)?.map(\.message) == ["gone", "gone"])
        #expect(await quiet.between(three, one)?.map(\.author) == ["gone", "gone"])
        #expect(await git.between(one, three) == [])
        #expect(await git.between(three, try commit("other")) == nil)
        #expect(await git.between(three, Sample.revision(7)) == nil)
        #expect(await GitCommits(folder: "/", redacted: { $0 }).between(three, one) == nil)
    }

    @Test func aDetachedHeadIsNoBranch() async throws {
        let sandbox = try Sandbox()
        try await shell(
            Self.three + " && cd first && git checkout -q --detach && git branch -q -D main",
            sandbox)
        await #expect(throws: Refusal.self) {
            _ = try await GitImporter(
                folder: sandbox.path("first"), branch: nil, repository: nil, now: Fixed.start)
        }
        let summary = try await bring(sandbox, "first", into: memoryRecorder())
        #expect(summary.commits == 3)
    }

    /// `main~1` is a commit, and no branch: policies would take it for one.
    @Test(arguments: ["main~1", "main@{0}", "main^{/x}", "-x", "HEAD", ""])
    func aBranchIsAName(branch: String) async throws {
        let sandbox = try Sandbox()
        try await shell(Self.three, sandbox)
        await #expect(throws: Refusal.self) {
            _ = try await GitImporter(
                folder: sandbox.path("first"), branch: branch, repository: nil, now: Fixed.start)
        }
    }

    /// Names of bytes that are no text are passed over: two of them would become one.
    @Test func aTagThatIsNoTextIsPassedOver() async throws {
        let sandbox = try Sandbox()
        try await shell(
            Self.three + " && cd first && git rev-parse HEAD > .git/refs/tags/$(printf 'v\\377')",
            sandbox)
        let recorder = memoryRecorder()
        _ = try await bring(sandbox, "first", into: recorder)
        #expect(ReleaseTag.problem(in: "v\u{FFFD}") != nil)
        try await recorder.store.each(EntryFilter()) { entry in
            #expect(entry.subject.tag?.rawValue.contains("\u{FFFD}") != true)
        }
    }

    @Test func thousandsOfCommitsComeInTheirOrder() async throws {
        let sandbox = try Sandbox()
        try await shell(
            """
            git init -q -b main .
            seq 1 2500 | awk '{ printf "commit refs/heads/main\\ncommitter D <d@x> %d +0000\\ndata 5\\nc%04d\\n", 1700000000 + $1, $1 }' | git fast-import --quiet
            """, sandbox)
        let recorder = memoryRecorder()
        #expect(try await bring(sandbox, into: recorder).commits == 2500)
        var last = Timestamp(microseconds: 0)
        try await recorder.store.each { entry in
            #expect(entry.time > last)
            last = entry.time
        }
        #expect(last == Timestamp(seconds: 1_700_002_500))
    }
}
