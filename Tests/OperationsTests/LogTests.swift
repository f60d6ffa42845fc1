import CommandEngine
import CommandPorts
import Commands
import Ledger
import LedgerOperations
import Projections
import Support
import Testing

/// The log as an operation: given entries, when somebody asks, then pages of them.
struct LogTests {
    private let recorder = memoryRecorder()

    private var desk: Desk {
        var surroundings = Fixed.surroundings()
        surroundings.now = { Fixed.start.adding(seconds: 10_000) }
        return Desk(
            projector: recorder.projector,
            playbook: .missing(Refusal(.notPossible, "there is no playbook")),
            surroundings: surroundings)
    }

    init() async throws {
        try await recorder.tell([
            Sample.deployed(Sample.release(1)), Sample.deployed(Sample.release(2)),
            Sample.deployed(Sample.release(3)),
        ])
    }

    private func refusal(_ selection: EntrySelection) async -> (any Error)? {
        do {
            _ = try await ReadLog(selection).answer(at: desk)
            return nil
        } catch { return error }
    }

    @Test func theLogIsReadInParts() async throws {
        var log = ReadLog(EntrySelection(), limit: 2)
        let first = try await log.answer(at: desk)
        #expect(first.entries.map(\.entry.sequence) == [3, 2] && first.next == 2)
        log.after = first.next
        let second = try await log.answer(at: desk)
        #expect(second.entries.map(\.entry.sequence) == [1] && second.next == nil)
        log = ReadLog(EntrySelection(), limit: 1)
        log.isOldestFirst = true
        #expect(try await log.answer(at: desk).entries.map(\.entry.sequence) == [1])
    }

    @Test func aSelectionNarrowsByNameRangeAndMoment() async throws {
        var selection = EntrySelection()
        selection.tags = ["v0.2.0"]
        let tagged = try await ReadLog(selection).answer(at: desk)
        #expect(tagged.entries.map(\.entry.sequence) == [2])
        selection = EntrySelection()
        selection.range = "1..2"
        #expect(try await ReadLog(selection).answer(at: desk).entries.count == 1)
        selection.range = nil
        selection.at = "2"
        #expect(try await ReadLog(selection).answer(at: desk).entries.count == 2)
    }

    @Test func anUnknownNameIsNoEmptyLog() async throws {
        var selection = EntrySelection()
        selection.tags = ["v0.2.0x"]
        let refused = await refusal(selection) as? Refusal
        #expect(refused?.message == "unknown tag \"v0.2.0x\"")
        #expect(refused?.hint == "did you mean v0.2.0?")
        selection = EntrySelection()
        selection.kinds = ["deploi"]
        #expect((await refusal(selection) as? Refusal)?.hint == "did you mean deploy?")
        selection = EntrySelection()
        selection.range = "2..1"
        #expect((await refusal(selection) as? Refusal)?.message.contains("reversed") == true)
        selection.range = "2.1"
        #expect(await refusal(selection) is ReferenceProblem)
        selection = EntrySelection()
        // Fullwidth digits are no digits of a revision.
        selection.revisions = ["\u{FF10}\u{FF11}\u{FF12}\u{FF13}\u{FF14}\u{FF15}\u{FF16}"]
        #expect(
            (await refusal(selection) as? Refusal)?.message.hasSuffix("is not a revision") == true)
        selection = EntrySelection()
        selection.run = 1
        #expect((await refusal(selection) as? Refusal)?.message == "entry 1 is not a run")
    }

    /// However small the part is, it is found behind many other entries.
    @Test func aSmallPartIsFoundBehindManyEntries() async throws {
        let plans = try (0..<60).map { _ in try plan(overriding: false) }
        try await record([try plan(overriding: true)] + plans)
        var log = ReadLog(EntrySelection(), limit: 1)
        log.question = .overridden
        #expect(try await log.answer(at: desk).entries.map(\.entry.sequence) == [4])
    }

    private func plan(overriding: Bool) throws -> Event {
        .deployPlanned(
            Planned(
                environment: Sample.production, service: Sample.web, plan: ContentHash(of: []),
                steps: 1, overridesFreeze: overriding ? true : nil))
    }

    private func record(_ events: [Event]) async throws {
        let drafts = try events.enumerated().map { place, event in
            try Draft(
                event, id: EntryID(high: 50, low: UInt64(place)), time: Fixed.start,
                recorded: Fixed.start, by: Author(name: "alice"))
        }
        _ = try await recorder.store.append(
            drafts, to: .environment(Sample.production), expecting: .any)
    }

    @Test func anAuditorsQuestionSkipsOtherEntries() async throws {
        var log = ReadLog(EntrySelection(), limit: 1)
        log.question = .overridden
        #expect(try await log.answer(at: desk).entries.isEmpty)
        log.question = .unreviewed
        let found = try await log.answer(at: desk)
        #expect(found.entries.map(\.entry.sequence) == [3] && found.next == 3)
    }
}
