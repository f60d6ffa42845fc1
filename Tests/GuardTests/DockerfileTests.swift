import CommandFiles
import CommandGuard
import Ledger
import Support
import Testing

/// Dockerfiles, as builders read them.
struct DockerfileTests {
    private func file(_ text: String) throws -> Dockerfile { try Dockerfile(text) }

    @Test func instructionsGoOnOverLinesAndComments() throws {
        let file = try file(
            """
            # syntax=docker/dockerfile:1

            FROM --platform=$BUILDPLATFORM python:3.12-slim AS Build
            RUN apt-get update && \\
                # a word in between

                apt-get install -y \\
                gcc
            CMD ["python", "-m", "shop"]
            """)
        let stage = file.stages[0]
        #expect(stage.name == "build" && stage.image == "python:3.12-slim")
        #expect(stage.from.flags.map(\.name) == ["platform"] && stage.from.line == 3)
        #expect(stage.instructions.map(\.keyword) == ["RUN", "CMD"])
        #expect(stage.instructions.map(\.line) == [4, 9])
        #expect(stage.instructions[0].text.hasSuffix("gcc"))
        #expect(!stage.instructions[0].text.contains("a word"))
        #expect(stage.instructions[1].words == ["python", "-m", "shop"])
    }

    @Test func anotherEscapeAndCarriageReturnsAreHeeded() throws {
        let file = try file("# escape=`\r\nFROM a:1\r\nRUN one `\r\n  two\r\nCOPY c:\\ d\r\n")
        #expect(file.stages[0].instructions.map(\.text) == ["one   two", "c:\\ d"])
    }

    @Test func hereDocumentsAreNoInstructions() throws {
        let file = try file(
            """
            FROM a:1
            RUN <<EOF bash && cat <<-'TWO' > /x
            USER root
            EOF
            \tFROM nothing
            \tTWO
            COPY <<-"data.txt" /y
            $HOME
            data.txt
            RUN cat <<<word
            USER app
            """)
        let all = file.stages[0].instructions
        #expect(all.map(\.keyword) == ["RUN", "COPY", "RUN", "USER"])
        #expect(all[0].documents.map(\.body) == ["USER root", "\tFROM nothing"])
        #expect(all[0].documents.map(\.expands) == [true, false])
        #expect(all[1].documents.map(\.line) == [8])
        #expect(all[2].documents.isEmpty)
    }

    @Test func argumentsHaveTheirDefaults() throws {
        let file = try file(
            """
            ARG VERSION=3.12
            ARG BASE=python:${VERSION}-slim
            FROM ${BASE} AS build
            ARG VERSION
            ARG NAME=app
            ENV USER_NAME="${NAME}-${VERSION}" OLD=\\$NAME
            FROM build
            USER ${USER_NAME:-root}
            """)
        #expect(file.stages.map(\.image) == ["python:3.12-slim", "build"])
        #expect(file.stages[1].base == 0)
        let variables = file.variables(in: 1)
        #expect(variables["USER_NAME"] == "app-3.12" && variables["OLD"] == "$NAME")
    }

    @Test(arguments: [
        ("RUN x", 1, "comes before the first FROM"), ("", 1, "there is no FROM"),
        ("FROM a:1\nRUN <<EOF\nx", 2, "here-document EOF is not closed"),
        ("FROM a:1\nRUM x", 2, "\"RUM\" is not a Dockerfile instruction"),
        ("FROM a b", 1, "FROM requires"),
    ])
    func whatCannotBeBuiltIsSaid(text: String, line: Int, what: String) throws {
        let problem = #expect(throws: Dockerfile.Problem.self) { try file(text) }
        #expect(problem?.line == line)
        #expect(problem?.what.contains(what) == true, "\(problem?.what ?? "")")
    }

    /// What nobody writes by hand is read all the same, in one go.
    @Test func veryLongLinesAreRead() throws {
        func judged(_ words: String) -> Int {
            let text = "FROM a:1\nENV A_TOKEN=\(words)\nRUN echo \(words)\nUSER ${X\(words)\n"
            return Guard(SourceTree(texts: ["Dockerfile": text]), today: Fixed.start).judge().files
        }
        for piece in ["${", "${A:-", "<<", "\\", "$(", "\"'"] {
            let long = String(repeating: piece, count: (128 << 10) / piece.utf8.count)
            #expect(judged(long) == 1)
        }
        #expect(judged(String(repeating: "x", count: 5 << 20)) == 1)
    }
}

/// What `.dockerignore` leaves out.
struct IgnoreFileTests {
    @Test(arguments: [
        (".git", ".git/config", true), (".git", "a/.git/config", false),
        ("**/__pycache__", "a/b/__pycache__/c.pyc", true), ("**/__pycache__", "__pycache__", true),
        ("__pycache__", "a/__pycache__/c.pyc", false), ("*.env", "prod.env", true),
        ("*.env", "a/prod.env", false), ("a/**", "a/b/c", true), ("a/**/z", "a/z", true),
        ("a/**/z", "a/b/c/z", true), ("a/**/z", "ab/z", false), ("/data/", "data/x", true),
        ("./data", "data/x", true), ("d?ta", "data/x", true), ("d?ta", "d/ta", false),
        ("[a-c]x", "bx", true), ("[^a-c]x", "bx", false), ("[a", "[a", true),
        ("**", "x/y", true), ("x/..", "y", false), ("\\*", "*", true), ("\\*", "a", false),
        ("a**b", "a/x/b", true), ("# .env", ".env", false), ("  .env  ", ".env", true),
        ("static/tts/", "app/static/tts/1.wav", false),
        ("**/static/tts/", "app/static/tts/1.wav", true),
    ])
    func patternsMeanWhatBuildersMean(pattern: String, path: String, isOut: Bool) {
        #expect(IgnoreFile(pattern).excludes(path) == isOut)
    }

    @Test func theLastWordCounts() {
        let file = IgnoreFile("*\n!app\napp/data\n!app/data/keep.txt\n")
        #expect(file.excludes("x") && !file.excludes("app/main.py"))
        #expect(file.excludes("app/data/x") && !file.excludes("app/data/keep.txt"))
    }

    /// A pattern cannot keep anybody busy.
    @Test func manyStarsAreQuick() {
        let file = IgnoreFile(String(repeating: "**/*a", count: 200))
        let isOut = file.excludes(String(repeating: "a/", count: 150) + "b")
        #expect(!isOut)
    }
}
