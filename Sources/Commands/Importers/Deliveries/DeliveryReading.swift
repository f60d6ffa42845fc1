public import FoundationEssentials
internal import Ledger
internal import LedgerText

/// Reads delivery files: a body, a whole HTTP request, or one delivery per line.
public enum DeliveryReading {
    /// Passes the deliveries of a file to `body` in order. `headers` are defaults: a header of the
    /// same name in the file takes precedence.
    ///
    /// A file is a request with its headers (`POST / HTTP/1.1 …`, RFC 9112), one JSON body, a list
    /// of bodies, or JSON lines; a line is a body, or an object of exactly `headers` and `body`.
    public static func each(
        _ file: Data, place: String, headers: [String: String],
        _ body: (RawDelivery) async throws -> Void
    ) async throws {
        if let request = request(file) {
            try await body(
                RawDelivery(
                    headers: headers.merging(request.headers) { _, own in own },
                    body: request.body, place: place))
            return
        }
        guard let first = firstLine(of: file), first.count < file.count,
            let value = try? JSONValue(parsing: first), value.object != nil
        else {
            for one in list(file, headers, place) { try await body(one) }
            return
        }
        var number = 0
        var start = file.startIndex
        while start < file.endIndex {
            let line = Self.line(of: file, from: start)
            start += line.count + 1
            number += 1
            if line.allSatisfy({ [32, 9, 13].contains($0) }) { continue }
            try await body(one(line, headers, "\(place) line \(number)"))
        }
    }

    /// The bytes up to the next line feed, or the end.
    private static func line(of file: Data, from start: Int) -> [UInt8] {
        file[start...].withUnsafeBytes { rest in Array(rest.prefix { $0 != UInt8(ascii: "\n") }) }
    }

    /// The first line that is not blank, if another line follows.
    private static func firstLine(of file: Data) -> Data? {
        let start = file.firstIndex { ![32, 9, 13, 10].contains($0) } ?? file.endIndex
        guard let end = file[start...].firstIndex(of: UInt8(ascii: "\n")),
            file[end...].contains(where: { ![32, 9, 13, 10].contains($0) })
        else { return nil }
        return file[start..<end]
    }

    /// A whole file: one body, or a list of bodies (a CloudEvents batch).
    private static func list(
        _ file: Data, _ headers: [String: String], _ place: String
    ) -> [RawDelivery] {
        let bytes = Array(file)
        let start = bytes.first { ![32, 9, 13, 10].contains($0) }
        guard start == UInt8(ascii: "["), case .array(let bodies) = try? JSONValue(parsing: bytes)
        else { return [one(bytes, headers, place)] }
        return bodies.enumerated().map { number, value in
            RawDelivery(
                headers: headers, body: Array(Canonical.text(value).utf8),
                place: "\(place) [\(number)]")
        }
    }

    private static func one(
        _ bytes: [UInt8], _ headers: [String: String], _ place: String
    ) -> RawDelivery {
        // A body may have members with these names, but is unlikely to have only these two.
        guard
            bytes.starts(with: Array("{\"headers\"".utf8))
                || bytes.starts(with: Array("{\"body\"".utf8)),
            let members = try? JSONValue(parsing: bytes).object,
            Set(members.keys) == ["headers", "body"],
            let own = members["headers"]?.object, let inner = members["body"]
        else { return RawDelivery(headers: headers, body: bytes, place: place) }
        let named = own.compactMap { name, value in value.string.map { (name.lowercased(), $0) } }
        let body = inner.string ?? Canonical.text(inner)
        return RawDelivery(
            headers: headers.merging(named) { _, own in own }, body: Array(body.utf8), place: place)
    }

    /// An HTTP request as received; `nil` if the bytes do not begin with a request line.
    private static func request(_ file: Data) -> (headers: [String: String], body: [UInt8])? {
        guard let line = firstLine(of: file),
            String(decoding: line, as: UTF8.self).contains(#/^[A-Z]+ \S+ HTTP\/\d/#)
        else { return nil }
        let blanks = [Data("\r\n\r\n".utf8), Data("\n\n".utf8)].compactMap {
            file.firstRange(of: $0)
        }
        guard let blank = blanks.min(by: { $0.lowerBound < $1.lowerBound }) else { return nil }
        let head = String(decoding: file[..<blank.lowerBound], as: UTF8.self)
        return (self.headers(head), Array(file[blank.upperBound...]))
    }

    /// The headers in a text, by lower-case name.
    public static func headers(_ text: String) -> [String: String] {
        var headers: [String: String] = [:]
        for line in text.fullLines {
            guard let colon = line.first(byte: ":") else { continue }
            let name = line[..<colon].lowercased()
            guard !name.isEmpty, !name.holds(" ") else { continue }
            headers[name] = line[line.index(after: colon)...].trimmed
        }
        return headers
    }
}
