public import LedgerProof

/// A tree whose nodes are kept, as a ledger keeps them.
public struct KeptTree {
    public private(set) var tree = Tree()
    private var kept: [[TreeHash]] = []
    /// The root after each number of leaves.
    public private(set) var roots = [Tree().root]

    public init(_ count: Int) {
        for number in 0..<count {
            kept.append(tree.append(Self.leaf(number)))
            roots.append(tree.root)
        }
    }

    public static func leaf(_ number: Int) -> TreeHash {
        Receipt.leaf(of: Array("leaf \(number)".utf8))
    }

    public func node(_ level: Int, _ index: Int) -> TreeHash {
        kept[(index + 1) << level - 1][level]
    }

    public func inclusion(_ index: Int, _ size: Int) -> [TreeHash] {
        TreeProof.inclusion(of: index, in: size, node)
    }

    public func consistency(_ first: Int, _ size: Int) -> [TreeHash] {
        TreeProof.consistency(from: first, to: size, node)
    }
}
