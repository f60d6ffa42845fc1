internal import ArgumentParser
internal import Foundation
internal import Glibc

/// A verb: it answers, and the answer is printed.
protocol Verb: AsyncParsableCommand {
    var shared: SharedOptions { get }
    /// Who acts, if a flag says so.
    var by: String? { get }
    func answer(_ wiring: Wiring) async throws -> Answer
}

extension Verb {
    var by: String? { nil }

    func run() async throws {
        let wiring = Wiring(shared, by: by)
        let answer = try await answer(wiring)
        // Also if nobody listens any more the answer has its number.
        wiring.console.codeIfUnheard = answer.exit.rawValue
        Renderer(console: wiring.console, form: shared.output).print(answer)
        wiring.console.finish()
        if answer.exit != .done { throw ArgumentParser.ExitCode(answer.exit.rawValue) }
    }
}

/// A verb that writes: somebody acts.
protocol WritingVerb: Verb {
    var author: ByOption { get }
}

extension WritingVerb {
    var by: String? { author.by }
}
