import Foundation
import Glibc

/// Whether a parser's work grows with its input, and not with its square: what is repeated twice as
/// often may take at most 2.5 times the processor's time.
///
/// Times are of the processor and the least of several, and only their ratio counts: machines are
/// shared. Run by `scripts/fuzz --growth`.
enum Growth {
    /// Bytes of the shorter input, at most: an input that is faster than that is fast enough.
    private static let most = 4 << 20
    private static let seconds = 0.01
    private static let ratio = 2.5
    private static let tries = 5
    /// Pieces of a parser, the shortest first: each takes a second or more.
    private static let mostPieces = 150

    /// The kept inputs of a parser and their lines, each repeated; false if one grows too fast.
    static func check(_ folder: String, _ parse: ([UInt8]) -> Void) -> Bool {
        var isLinear = true
        for piece in pieces(of: folder) {
            guard let (count, found) = worst(piece, parse), found > ratio else { continue }
            isLinear = false
            let shown = String(decoding: piece.prefix(200), as: UTF8.self)
            print("\(count) bytes twice take \(found) times as long: \(shown.debugDescription)")
        }
        return isLinear
    }

    private static func pieces(of folder: String) -> [[UInt8]] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var pieces: Set<[UInt8]> = []
        for name in names {
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
                continue
            }
            let bytes = Array(data)
            pieces.insert(bytes)
            for line in bytes.split(separator: 10) { pieces.insert(Array(line) + [10]) }
            // What has no line ends may be nested or joined.
            for width in [1, 2, 4] where bytes.count >= width {
                pieces.insert(Array(bytes.prefix(width)))
            }
        }
        return Array(
            pieces.filter { !$0.isEmpty }.sorted { $0.count < $1.count }.prefix(mostPieces))
    }

    /// The size at which the time can be told, and how much longer twice as much takes.
    private static func worst(_ piece: [UInt8], _ parse: ([UInt8]) -> Void) -> (Int, Double)? {
        var size = 16 << 10
        while size <= most {
            let once = repeated(piece, size)
            let time = least(once, parse)
            if time >= seconds {
                let twice = least(repeated(piece, 2 * size), parse)
                if twice <= ratio * time { return nil }
                // A cache that was full at this size is no square: it stays so at the next.
                let again = least(repeated(piece, 4 * size), parse)
                return (once.count, min(twice / time, again / twice))
            }
            size *= 4
        }
        return nil
    }

    private static func repeated(_ piece: [UInt8], _ size: Int) -> [UInt8] {
        Array(repeatElement(piece, count: max(1, size / piece.count)).joined())
    }

    private static func least(_ input: [UInt8], _ parse: ([UInt8]) -> Void) -> Double {
        (0..<tries).map { _ in
            let before = now()
            parse(input)
            return now() - before
        }.min() ?? 0
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
