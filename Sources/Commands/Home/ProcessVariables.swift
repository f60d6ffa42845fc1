internal import Glibc

/// The environment variables of this process, read once.
public enum ProcessVariables {
    public static let all: [String: String] = {
        var variables: [String: String] = [:]
        var place = environ
        while let text = place.pointee {
            defer { place += 1 }
            guard let sign = strchr(text, Int32(UInt8(ascii: "="))), sign != text else { continue }
            let name = UnsafeRawBufferPointer(start: text, count: sign - text)
            variables[String(decoding: name, as: UTF8.self)] = String(cString: sign + 1)
        }
        return variables
    }()
}
