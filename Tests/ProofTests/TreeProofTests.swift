import Crypto
import LedgerProof
import Support
import Testing

/// RFC 6962 and RFC 9162: proofs over the tree.
struct TreeProofTests {
    /// Every leaf of every tree, and every tree within every other.
    @Test func allProofsOfSmallTreesHold() {
        let most = 70
        let all = KeptTree(most)
        for size in 1...most {
            for index in 0..<size {
                let proof = all.inclusion(index, size)
                let leaf = KeptTree.leaf(index)
                #expect(
                    TreeProof.root(of: leaf, at: index, in: size, by: proof) == all.roots[size])
                // Another place or another leaf leads elsewhere, or nowhere.
                #expect(
                    TreeProof.root(of: KeptTree.leaf(index + 1), at: index, in: size, by: proof)
                        != all.roots[size])
            }
            for first in 1...size {
                let proof = all.consistency(first, size)
                let (old, new) = ((first, all.roots[first]), (size, all.roots[size]))
                #expect(TreeProof.shows(old, within: new, by: proof))
                #expect(!TreeProof.shows((first, all.roots[0]), within: new, by: proof))
                #expect(!TreeProof.shows(old, within: (size, all.roots[0]), by: proof))
                if first < size { #expect(!TreeProof.shows(new, within: old, by: proof)) }
            }
        }
    }

    /// A hash that is changed, left out, added or moved makes every proof worthless.
    @Test func damagedProofsProveNothing() {
        let all = KeptTree(1000)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let size = Int.random(in: 2...1000, using: &generator)
            let index = Int.random(in: 0..<size, using: &generator)
            let damaged = Self.damage(all.inclusion(index, size), &generator)
            #expect(
                TreeProof.root(of: KeptTree.leaf(index), at: index, in: size, by: damaged)
                    != all.roots[size])
            let first = Int.random(in: 1..<size, using: &generator)
            let other = Self.damage(all.consistency(first, size), &generator)
            #expect(
                !TreeProof.shows(
                    (first, all.roots[first]), within: (size, all.roots[size]), by: other))
        }
    }

    private static func damage(
        _ proof: [TreeHash], _ generator: inout SystemRandomNumberGenerator
    ) -> [TreeHash] {
        let other = KeptTree.leaf(Int.random(in: 5_000..<1_000_000, using: &generator))
        guard let place = proof.indices.randomElement(using: &generator) else { return [other] }
        var damaged = proof
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: damaged[place] = other
        case 1: damaged.remove(at: place)
        case 2: damaged.insert(other, at: place)
        default:
            let next = (place + 1) % proof.count
            damaged.swapAt(place, next)
            // One hash alone has no other place.
            if next == place { damaged.append(other) }
        }
        return damaged
    }

    @Test func nothingGoesOnFromTheEmptyTree() {
        let all = KeptTree(3)
        #expect(!TreeProof.shows((0, all.roots[0]), within: (3, all.roots[3]), by: []))
        #expect(!TreeProof.shows((0, all.roots[0]), within: (0, all.roots[0]), by: []))
        #expect(TreeProof.root(of: KeptTree.leaf(0), at: 0, in: 0, by: []) == nil)
        #expect(TreeProof.root(of: KeptTree.leaf(0), at: -1, in: 3, by: []) == nil)
    }

    /// What the numbers of the design ask: twenty hashes for a million.
    @Test func aProofIsAsLongAsTheTreeIsHigh() {
        var asked = 0
        let proof = TreeProof.inclusion(of: 123_456, in: 1 << 20) { _, _ in
            asked += 1
            return KeptTree.leaf(0)
        }
        #expect(proof.count == 20 && asked == 20)
    }
}
