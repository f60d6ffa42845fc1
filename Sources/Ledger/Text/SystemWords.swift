internal import FoundationEssentials
internal import Glibc

extension Error {
    /// What the system says about a file that could not be read or written: "Permission denied".
    package var systemWords: String {
        let error = (self as? CocoaError)?.underlying ?? self
        guard let system = error as? POSIXError else { return "\(error)" }
        return String(cString: strerror(system.code.rawValue))
    }
}
