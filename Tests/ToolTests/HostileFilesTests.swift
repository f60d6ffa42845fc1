import Foundation
import Support
import Testing

/// Files that others put where the program looks: it does not hang, does not grow, does not use
/// another file, and says what it could not read.
struct HostileFilesTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private func shell(_ script: String) async throws -> Spoken {
        let program = try #require(Shared.product("ledger"))
        return try await Spoken.run(
            ["timeout", "120", "bash", "-c", script], in: URL(filePath: sandbox.path(".")),
            variables: [
                "PATH": URL(filePath: program).deletingLastPathComponent().path + ":/usr/bin:/bin",
                "HOME": sandbox.path("."), "LEDGER_BY": "alice",
            ])
    }

    @Test(arguments: [
        ("truncate -s 9M Dockerfile", "Dockerfile:1: error: it is larger than 8 MiB"),
        ("mkfifo Dockerfile", "Dockerfile:1: error: it is not a regular file"),
        ("printf 'FROM a:1' > $'Dockerfile.\\xff'", "error: its name is not UTF-8"),
        (
            "mkdir $'a\\xff'; printf 'FROM a:1' > $'a\\xff/Dockerfile'",
            "error: its name is not UTF-8"
        ),
        (
            "(for i in $(seq 200); do echo \"%TAG !$i! x\"; done; echo '---'; echo 'services: {}') > compose.yaml",
            "more than 100 lines that begin with %"
        ),
        (
            "printf 'services: {a: {environment: {\"PASSWORD=hunter2\": 1, \"PASSWORD=hunter2\": 2}}}' > compose.yaml",
            "a key occurs twice in one mapping"
        ),
    ])
    func whatCannotBeCheckedIsSaid(make: String, says: String) async throws {
        let said = try await shell("mkdir project; cd project; \(make); ledger check")
        #expect(said.code == 2 && said.output.contains(says), "\(said)")
        #expect(!said.output.contains("hunter2"))
    }

    /// A large mapping that is merged into a thousand others.
    @Test func mergesHaveALimit() async throws {
        let said = try await shell(
            """
            mkdir project; cd project
            (printf 'x: &x {%s}\\nservices:\\n' "$(seq -s, -f 'k%g: 1' 1 9990)"
             for i in $(seq 990); do echo "  s$i: {<<: *x}"; done) > compose.yaml
            ledger check > /dev/null
            """)
        #expect(said.code != 124, "\(said)")
    }

    /// Reading fails: that is not the end of the facts.
    @Test func aFailedReadIsNotTheEnd() async throws {
        let said = try await shell("ledger init > made; ledger record - < /tmp")
        #expect(said.code == 3 && said.error.contains("standard input cannot be read to its end"))
    }

    @Test(arguments: ["mkfifo .gitignore", "touch ../victim; ln -s ../victim .gitignore"])
    func onlyAFileOfTheFolderIsChanged(make: String) async throws {
        let said = try await shell(
            "mkdir p; cd p; git init -q; \(make); ledger init; cat ../victim")
        #expect(said.error.contains(".gitignore is not a regular file"), "\(said)")
        #expect(!said.output.contains(".ledger/\n"))
    }

    /// Two folders whose names look alike once they are made into text.
    @Test func aFolderWithoutATextIsNotMistaken() async throws {
        let said = try await shell(
            """
            mkdir $'caf\\xef\\xbf\\xbd' $'caf\\xe9'
            (cd $'caf\\xef\\xbf\\xbd'; ledger init > made)
            cd $'caf\\xe9'; ledger status; echo $?; ledger note x --db $'../caf\\xe9/x'; echo $?
            """)
        #expect(said.output == "3\n3\n", "\(said)")
        #expect(said.error.contains("the path of this folder is not UTF-8"))
    }

    @Test func aPlaybookHasALimit() async throws {
        let said = try await shell("ledger init > made; truncate -s 1G ledger.yaml; ledger note x")
        #expect(said.code == 3 && said.error.contains("it is larger than 8 MiB"), "\(said)")
    }
}
