internal import Crypto
internal import Ledger
internal import LedgerText

/// File names that are derived from other names.
package enum FileName {
    /// A file name that is unique for each text.
    ///
    /// Bytes other than letters, digits and `-._~` are percent-encoded.
    package static func of(_ text: String) -> String { bounded(Percent.encoded(text)) }

    /// A name from parts that are already encoded. A name longer than `Limits.fileNameBytes` is cut
    /// and ends in its hash; no name is hidden.
    package static func bounded(_ encoded: String) -> String {
        let visible = encoded.begins(with: ".") ? "%2E" + encoded.dropFirst() : encoded
        if visible.utf8.count <= Limits.fileNameBytes { return visible }
        let hash = Hex.encode(SHA256.hash(data: Array(visible.utf8))).prefix(32)
        return "\(visible.prefix(Limits.fileNameBytes - 33))-\(hash)"
    }
}
