internal import LedgerText

/// The known word that is most similar to a mistyped one, or `nil` if none is similar. At most a
/// third of its letters may differ (Levenshtein distance).
///
/// Otherwise it is the only known word that begins with the text: `prod` for `production`.
///
/// `alone` requires a unique nearest word: `v9` is equally near to `v1` and `v2`.
public func nearest(
    to word: String, among known: some Sequence<String>, alone: Bool = false
) -> String? {
    var best: (word: String, distance: Int)?
    var isTie = false
    for candidate in known {
        let distance = editDistance(Array(word.lowercased()), Array(candidate.lowercased()))
        guard distance <= max(1, max(word.count, candidate.count) / 3) else { continue }
        if distance < best?.distance ?? .max {
            best = (candidate, distance)
            isTie = false
        } else if distance == best?.distance {
            isTie = true
        }
    }
    if let best { return alone && isTie ? nil : best.word }
    let longer = known.filter {
        word.utf8.count > 1 && $0.lowercased().begins(with: word.lowercased())
    }
    return longer.count == 1 ? longer[0] : nil
}

private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, b) in right.enumerated() {
            let next = a == b ? diagonal : 1 + min(diagonal, row[j], row[j + 1])
            diagonal = row[j + 1]
            row[j + 1] = next
        }
    }
    return row[right.count]
}
