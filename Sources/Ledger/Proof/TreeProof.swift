/// Inclusion and consistency proofs over the tree of RFC 6962.
///
/// Proofs are created from the nodes of perfect subtrees, which never change once complete. They
/// are checked as in RFC 9162 (sections 2.1.3.2 and 2.1.4.2).
public enum TreeProof {
    /// Returns the root of the perfect subtree of `2^level` leaves that begins at leaf `index ·
    /// 2^level`.
    public typealias Nodes = (_ level: Int, _ index: Int) throws -> TreeHash

    // MARK: Made

    /// The hashes that lead from leaf `index` (from 0) to the root of the tree of `size` leaves,
    /// from the bottom up.
    ///
    /// Rethrows errors of `nodes`; the index must be less than the size.
    public static func inclusion(
        of index: Int, in size: Int, _ nodes: Nodes
    ) rethrows -> [TreeHash] {
        try places(of: index, in: size).map { try root(of: $0, nodes) }
    }

    /// Over which leaves the hashes of such a proof are roots.
    public static func places(of index: Int, in size: Int) -> [Range<Int>] {
        precondition(index >= 0 && index < size)
        var places: [Range<Int>] = []
        var leaves = 0..<size
        while leaves.count > 1 {
            let middle = split(leaves)
            let (left, right) = (leaves.lowerBound..<middle, middle..<leaves.upperBound)
            places.append(index < middle ? right : left)
            leaves = index < middle ? left : right
        }
        return places.reversed()
    }

    /// The hashes that prove that the tree of `size` leaves extends the tree of `first` leaves.
    ///
    /// Rethrows errors of `nodes`; `first` must be from 1 to `size`.
    public static func consistency(
        from first: Int, to size: Int, _ nodes: Nodes
    ) rethrows -> [TreeHash] {
        try places(from: first, to: size).map { try root(of: $0, nodes) }
    }

    /// Over which leaves the hashes of such a proof are roots.
    public static func places(from first: Int, to size: Int) -> [Range<Int>] {
        precondition(first > 0 && first <= size)
        var places: [Range<Int>] = []
        var leaves = 0..<size
        while first != leaves.upperBound {
            let middle = split(leaves)
            let (left, right) = (leaves.lowerBound..<middle, middle..<leaves.upperBound)
            places.append(first <= middle ? right : left)
            leaves = first <= middle ? left : right
        }
        // The verifier already has this root: it is the earlier root.
        if leaves.lowerBound > 0 { places.append(leaves) }
        return places.reversed()
    }

    /// The root of the tree of `size` leaves; rethrows errors of `nodes`.
    public static func root(of size: Int, _ nodes: Nodes) rethrows -> TreeHash {
        size == 0 ? Tree().root : try root(of: 0..<size, nodes)
    }

    /// The split point of a subtree: the left side is the largest perfect subtree.
    private static func split(_ leaves: Range<Int>) -> Int {
        let bits = Int.bitWidth - (leaves.count - 1).leadingZeroBitCount - 1
        return leaves.lowerBound + 1 << bits
    }

    /// The root over leaves whose start is aligned to a perfect subtree of their size.
    private static func root(of leaves: Range<Int>, _ nodes: Nodes) rethrows -> TreeHash {
        if leaves.count.nonzeroBitCount == 1 {
            let level = leaves.count.trailingZeroBitCount
            return try nodes(level, leaves.lowerBound >> level)
        }
        let middle = split(leaves)
        return Tree.node(
            try root(of: leaves.lowerBound..<middle, nodes),
            try root(of: middle..<leaves.upperBound, nodes))
    }

    // MARK: Checked

    /// The root that a leaf's proof gives; `nil` if the proof has the wrong number of hashes (RFC
    /// 9162, section 2.1.3.2).
    public static func root(
        of leaf: TreeHash, at index: Int, in size: Int, by proof: [TreeHash]
    ) -> TreeHash? {
        guard index >= 0, index < size else { return nil }
        var (place, last) = (index, size - 1)
        var root = leaf
        for hash in proof {
            if last == 0 { return nil }
            if place & 1 == 1 || place == last {
                root = Tree.node(hash, root)
                while place & 1 == 0, place != 0 { (place, last) = (place >> 1, last >> 1) }
            } else {
                root = Tree.node(root, hash)
            }
            (place, last) = (place >> 1, last >> 1)
        }
        return last == 0 ? root : nil
    }

    /// Whether the proof shows that the tree of `second` extends that of `first` (RFC 9162, section
    /// 2.1.4.2). A `first` size of 0 is refused.
    public static func shows(
        _ first: (size: Int, root: TreeHash), within second: (size: Int, root: TreeHash),
        by proof: [TreeHash]
    ) -> Bool {
        guard first.size > 0, first.size <= second.size else { return false }
        if first.size == second.size { return proof.isEmpty && first.root == second.root }
        // The root of a perfect tree is the first node of the path.
        var path = first.size.nonzeroBitCount == 1 ? [first.root] + proof : proof
        guard !path.isEmpty else { return false }
        var (place, last) = (first.size - 1, second.size - 1)
        while place & 1 == 1 { (place, last) = (place >> 1, last >> 1) }
        var (old, new) = (path[0], path[0])
        path.removeFirst()
        for hash in path {
            if last == 0 { return false }
            if place & 1 == 1 || place == last {
                (old, new) = (Tree.node(hash, old), Tree.node(hash, new))
                while place & 1 == 0, place != 0 { (place, last) = (place >> 1, last >> 1) }
            } else {
                new = Tree.node(new, hash)
            }
            (place, last) = (place >> 1, last >> 1)
        }
        return last == 0 && old == first.root && new == second.root
    }
}
