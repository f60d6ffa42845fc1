internal import LedgerText

/// The known word that is most similar to a mistyped one, or `nil` if none is similar. At most a
/// third of its letters may differ.
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

/// The number of letters to add, remove, replace or swap with a neighbour (optimal string
/// alignment).
private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
    var former: [Int] = []
    var above = Array(0...right.count)
    for (i, a) in left.enumerated() {
        var row = [i + 1]
        for (j, b) in right.enumerated() {
            var least = a == b ? above[j] : 1 + min(above[j], above[j + 1], row[j])
            if i > 0, j > 0, a == right[j - 1], left[i - 1] == b {
                least = min(least, former[j - 1] + 1)
            }
            row.append(least)
        }
        (former, above) = (above, row)
    }
    return above[right.count]
}
