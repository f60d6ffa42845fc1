public import CommandEngine
public import CommandImporters
internal import CommandPorts
internal import Ledger
internal import LedgerText

/// Writes deliveries in batches: one append writes many. The next batch is read at the same time.
public struct DeliveryBatches {
    /// The deliveries of one append.
    private struct Batch: Sendable {
        var deliveries: [ReadDelivery] = []
        var places: [String] = []
        var bytes = 0
    }

    private let recorder: Recorder
    private var tally = DeliveryTally()
    private var batch = Batch()
    private var writing: Task<DeliveryTally, any Error>?

    private let progress: (Int) -> Void

    /// `progress` receives the number of written deliveries.
    public init(recorder: Recorder, progress: @escaping (Int) -> Void) {
        self.recorder = recorder
        self.progress = progress
    }

    /// Adds a delivery; writes the batch if it is full.
    public mutating func add(
        _ raw: RawDelivery, _ mapped: MappedDelivery, from sender: Sender, isProven: Bool
    ) async throws {
        batch.deliveries.append(
            ReadDelivery(
                from: sender.rawValue, name: mapped.name, id: mapped.id, body: raw.body,
                json: mapped.json, facts: mapped.facts, reason: mapped.reason, isProven: isProven))
        batch.places.append(raw.place)
        batch.bytes += raw.body.count
        // Entries and bodies of one transaction must fit in memory.
        if batch.deliveries.count >= Limits.page || batch.bytes >= Limits.contentBytes {
            try await flush()
        }
    }

    /// Counts a delivery that could not be read or proven.
    public mutating func refuse(_ place: String, _ problem: DeliveryProblem) {
        tally.refuse(place, problem.reason, problem.hint)
    }

    /// Writes the last batch and returns the results of all deliveries.
    public mutating func end() async throws -> DeliveryTally {
        try await flush()
        try await settle()
        return tally
    }

    /// Waits until the current batch is written.
    private mutating func settle() async throws {
        guard let writing else { return }
        tally.add(try await writing.value)
        progress(tally.deliveries)
        self.writing = nil
    }

    /// Starts to write the batch after the previous one is written, to keep the order of the files.
    private mutating func flush() async throws {
        if batch.deliveries.isEmpty { return try await settle() }
        let (batch, recorder) = (batch, recorder)
        self.batch = Batch()
        let prepared = Result { try recorder.prepare(batch.deliveries) }
        try await settle()
        writing = Task { try await Self.write(batch, prepared, recorder) }
    }

    private static func write(
        _ batch: Batch, _ prepared: Result<PreparedDeliveries, any Error>, _ recorder: Recorder
    ) async throws -> DeliveryTally {
        var tally = DeliveryTally()
        do {
            let results = try await recorder.record(prepared.get())
            for (read, result) in zip(batch.deliveries, results) { tally.count(read, result) }
            return tally
        } catch { guard Self.refusal(error) != nil else { throw error } }
        // One delivery was refused: record the others one by one.
        for (read, place) in zip(batch.deliveries, batch.places) {
            do { tally.count(read, try await recorder.record([read])[0]) } catch {
                guard let (reason, hint) = Self.refusal(error) else { throw error }
                tally.refuse(place, reason, hint)
            }
        }
        return tally
    }

    /// Why one delivery was refused; `nil` for an error that concerns all of them.
    private static func refusal(_ error: any Error) -> (String, Hint?)? {
        switch error {
        case let refusal as Refusal: (refusal.message, refusal.hint)
        case let problem as FieldProblem: (problem.description, nil)
        case let problem as InvalidName: (problem.description, nil)
        case let problem as StoreProblem:
            switch problem.kind {
            case .contradiction, .input: (problem.message, problem.hint)
            default: nil
            }
        default: nil
        }
    }
}
