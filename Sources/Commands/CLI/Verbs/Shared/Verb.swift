internal import ArgumentParser
internal import Glibc

/// A verb makes an answer, which is then printed.
protocol Verb: AsyncParsableCommand {
    var shared: SharedOptions { get }
    /// The author, if a flag names one.
    var by: String? { get }
    func answer(_ wiring: Wiring) async throws -> Answer
}

extension Verb {
    var by: String? { nil }

    func run() async throws { try await answerOnce() }

    func answerOnce() async throws {
        let wiring = Wiring(shared, by: by)
        let answer = try await answer(wiring)
        // The exit code is set even if the reader of the pipe is gone.
        wiring.console.codeIfUnheard = answer.exit.rawValue
        wiring.renderer.print(answer)
        wiring.console.finish()
        if answer.exit != .done { throw ArgumentParser.ExitCode(answer.exit.rawValue) }
    }
}

/// A verb that writes entries, with an author.
protocol WritingVerb: Verb {
    var author: ByOption { get }
}

extension WritingVerb {
    var by: String? { author.by }
}
