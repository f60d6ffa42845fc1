import Dispatch
import Foundation
import Glibc
import Ledger
import Support
import Testing
@testable import CommandRunners

/// SSH agents that do not do what agents do.
struct AgentTests {
    private let sandbox: Sandbox
    private var agent: SSHAgent { SSHAgent(socket: sandbox.path("agent"), seconds: 1) }

    init() throws { sandbox = try Sandbox() }

    /// Listens where the agent should, and lets `answer` do with who comes as it likes.
    private func listen(_ answer: (@Sendable (Int32) -> Void)? = nil) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(sandbox.path("agent").utf8)
        try #require(path.count < MemoryLayout.size(ofValue: address.sun_path))
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0 && Glibc.listen(listener, 8) == 0)
        guard let answer else { return }
        Thread.detachNewThread {
            let guest = accept(listener, nil, nil)
            answer(guest)
            close(guest)
            close(listener)
        }
    }

    private func cause(_ place: SourceLocation = #_sourceLocation) -> String? {
        #expect(throws: StoreProblem.self, sourceLocation: place) { try agent.keys() }?.cause
    }

    /// Others who write wait meanwhile: it is not waited for without end.
    @Test func oneThatNeverAnswersIsGivenUp() throws {
        try listen()
        #expect(cause() == "no answer within 1 second")
    }

    /// Nor is one that is always about to.
    @Test func oneThatAnswersDropByDropIsGivenUp() throws {
        try listen { guest in
            _ = send(guest, [0, 0, 0, 9] as [UInt8], 4, 0)
            while send(guest, [0], 1, Int32(MSG_NOSIGNAL)) == 1 { usleep(300_000) }
        }
        #expect(cause() == "no answer within 1 second")
    }

    @Test(
        arguments: [
            ([], "the answer is incomplete"),
            ([0, 0], "the answer is incomplete"),
            ([0, 0, 0, 9, 12, 0], "the answer is incomplete"),
            ([255, 255, 255, 255, 12], "the answer is too long"),
            ([0, 0, 0, 0], "the agent did not list its keys"),
            ([0, 0, 0, 1, 5], "the agent did not list its keys"),
            ([0, 0, 0, 3, 12, 0, 0], "the agent did not list its keys"),
        ] as [([UInt8], String)])
    func whatIsNoAnswerIsRefused(bytes: [UInt8], why: String) throws {
        try listen { guest in
            var question = [UInt8](repeating: 0, count: 5)
            _ = recv(guest, &question, 5, Int32(MSG_WAITALL))
            _ = send(guest, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
        #expect(cause() == why)
    }

    /// What it says it holds, and then does not send, is not waited for.
    @Test func keysThatDoNotComeAreNone() throws {
        try listen { guest in
            var question = [UInt8](repeating: 0, count: 5)
            _ = recv(guest, &question, 5, Int32(MSG_WAITALL))
            _ = send(guest, [0, 0, 0, 5, 12, 127, 255, 255, 255] as [UInt8], 9, 0)
        }
        #expect(try agent.keys() == [])
    }
}
