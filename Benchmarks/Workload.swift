import Foundation
import Ledger

/// One event of the workload: what a draft is made of.
struct WorkEvent {
    var id: EntryID
    var time: Timestamp
    var stream: StreamName
    var kind: String
    var by: String
    var subject: Subject
    var payload: String

    var draft: Draft {
        Draft(
            id: id, kind: kind, subject: subject, payload: payload, time: time, recorded: time,
            by: Author(name: by), salt: .bits(id.low, id.high))
    }
}

/// Release events to measure with: read from a workload file of the peers, or made from a seed.
enum Workload {
    struct Unreadable: Error { let path: String }

    /// Reads `count` events from `start` on. The file: "LDGWORK1", u64 count; for each record u32
    /// length, id[16], u32 position, u64 time (µs), nine strings (u16 length, bytes);
    /// little-endian.
    static func read(_ path: String, from start: Int = 0, count: Int) throws -> [WorkEvent] {
        let data = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
        return try data.withUnsafeBytes { bytes in
            guard bytes.count > 16, bytes.prefix(8).elementsEqual("LDGWORK1".utf8) else {
                throw Unreadable(path: path)
            }
            let total = Int(bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            var at = 16
            var events: [WorkEvent] = []
            for index in 0..<min(total, start + count) {
                let length = Int(bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self))
                if index >= start {
                    let record = UnsafeRawBufferPointer(rebasing: bytes[at + 4..<at + 4 + length])
                    events.append(try event(record, path))
                }
                at += 4 + length
            }
            return events
        }
    }

    private static func event(
        _ record: UnsafeRawBufferPointer, _ path: String
    ) throws -> WorkEvent {
        guard let id = EntryID(UnsafeRawBufferPointer(rebasing: record[..<16])) else {
            throw Unreadable(path: path)
        }
        let time = record.loadUnaligned(fromByteOffset: 20, as: UInt64.self)
        var at = 28
        var texts: [String] = []
        for _ in 0..<9 {
            let size = Int(record.loadUnaligned(fromByteOffset: at, as: UInt16.self))
            texts.append(String(decoding: record[at + 2..<at + 2 + size], as: UTF8.self))
            at += 2 + size
        }
        func name<N: Name>(_ index: Int) -> N? {
            texts[index].isEmpty ? nil : N(unchecked: texts[index])
        }
        return WorkEvent(
            id: id, time: Timestamp(microseconds: Int64(time)),
            stream: StreamName(unchecked: texts[0]), kind: texts[1], by: texts[2],
            subject: Subject(
                environment: name(3), service: name(4), tag: name(5), digest: name(6),
                revision: name(7)),
            payload: texts[8])
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Makes events from a seed: 10,000 streams of which few are busy, eight kinds, payloads of a
    /// quarter kilobyte. The same seed gives the same events.
    static func make(count: Int, seed: UInt64 = 42) -> [WorkEvent] {
        var maker = Maker(seed: seed)
        return (0..<count).map { _ in maker.next() }
    }

    /// Makes one event after the other.
    struct Maker {
        private var random: SplitMix
        private var now: Int64 = 1_735_689_600_000_000

        init(seed: UInt64 = 42) { random = SplitMix(state: seed) }

        private static let kinds = [
            "repo.pushed", "check.finished", "build.finished", "image.pushed", "image.tagged",
            "deploy.started", "deploy.finished", "revert.finished",
        ]
        private static let places = ["production", "staging", "test", "review"]

        mutating func next() -> WorkEvent {
            let (kinds, places) = (Self.kinds, Self.places)
            now += Int64(random.next() % 60_000_000)
            // The square of a uniform number: the first streams are much busier than the last.
            let uniform = Double(random.next() >> 11) / Double(1 << 53)
            let stream = Int(uniform * uniform * uniform * 10_000)
            let service = ServiceName(unchecked: "svc-\(stream / 2)")
            let isTarget = stream % 2 == 1
            let kind = kinds[isTarget ? 5 + Int(random.next() % 3) : Int(random.next() % 5)]
            let release = Int(random.next() % 50)
            // The same release of a service has the same digits, and they fall everywhere.
            var digits = SplitMix(state: UInt64(stream / 2 * 1000 + release))
            let hex = String(
                (0..<3).map { _ in hexadecimal(digits.next()) }.joined().prefix(40))
            let place = places[stream / 2 % 4]
            let message = String(repeating: "fix the cache header of the page ", count: 4)
            return WorkEvent(
                id: EntryID(
                    time: Timestamp(microseconds: now), random: (random.next(), random.next())),
                time: Timestamp(microseconds: now),
                stream: StreamName(
                    unchecked: isTarget
                        ? "environment/\(place)/\(service)" : "repository/\(service)"),
                kind: kind, by: random.next() % 5 < 3 ? "ci" : "dev\(random.next() % 200)",
                subject: Subject(
                    environment: isTarget ? EnvironmentName(unchecked: place) : nil,
                    service: service,
                    tag: isTarget || kind == "image.tagged"
                        ? ReleaseTag(unchecked: "v1.0.\(release)") : nil,
                    digest: isTarget || kind.hasPrefix("image") || kind == "build.finished"
                        ? ImageDigest(unchecked: "sha256:\(hex)\(hex.prefix(24))") : nil,
                    revision: Revision(unchecked: hex)),
                payload:
                    #"{"attempt":1,"branch":"main","message":"\#(message)","seconds":\#(release)}"#)
        }
    }
}

/// Numbers from a seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
