import Crypto
import LedgerProof
import LedgerText
import Testing

/// RFC 6962: the tree over the leaves.
struct TreeTests {
    /// The eight leaf inputs and the roots that reference implementations have used since the RFC.
    static let inputs = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    private func leaf(_ hex: String) throws -> TreeHash {
        let bytes = [0] + (try #require(Hex.decode(hex)))
        return try #require(TreeHash(bytes: Array(SHA256.hash(data: bytes))))
    }

    @Test func theReferenceRootsComeOut() throws {
        var tree = Tree()
        #expect(tree.root.description == Self.roots[0])
        for (size, input) in Self.inputs.enumerated() {
            _ = tree.append(try leaf(input))
            #expect(tree.root.description == Self.roots[size + 1])
        }
    }

    @Test func anAppendCompletesAsManyNodesAsItMust() throws {
        var tree = Tree()
        let counts = try (0..<16).map { _ in tree.append(try leaf("00")).count }
        #expect(counts == [1, 2, 1, 3, 1, 2, 1, 4, 1, 2, 1, 3, 1, 2, 1, 5])
    }

    /// The right edge is found again from the nodes that entries keep.
    @Test(arguments: [1, 2, 3, 7, 8, 100, 255, 256, 1000])
    func theEdgeIsWhereItsPlacesSay(size: Int) throws {
        var tree = Tree()
        var kept: [[TreeHash]] = []
        for number in 0..<size {
            kept.append(tree.append(try leaf(number % 2 == 0 ? "10" : "2021")))
        }
        let edge = Tree.edgePlaces(size: size).map { kept[$0.sequence - 1][$0.level] }
        #expect(Tree(size: size, edge: edge) == tree)
        #expect(Tree(size: size, edge: edge + edge) == nil)
    }
}
