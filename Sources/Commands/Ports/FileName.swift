internal import Crypto
internal import Ledger
internal import LedgerText

/// Names of files that are made of other names.
package enum FileName {
    /// A name for one file of a folder: the same for the same text only.
    ///
    /// Bytes beside letters, digits and `-._~` are percent-encoded.
    package static func of(_ text: String) -> String { bounded(Percent.encoded(text)) }

    /// A name whose parts are encoded already. One that is longer than `Limits.fileNameBytes` is
    /// cut, and ends in its hash; none is hidden.
    package static func bounded(_ encoded: String) -> String {
        let visible = encoded.begins(with: ".") ? "%2E" + encoded.dropFirst() : encoded
        if visible.utf8.count <= Limits.fileNameBytes { return visible }
        let hash = Hex.encode(SHA256.hash(data: Array(visible.utf8))).prefix(32)
        return "\(visible.prefix(Limits.fileNameBytes - 33))-\(hash)"
    }
}
