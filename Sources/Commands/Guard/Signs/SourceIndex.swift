public import CommandFiles
internal import LedgerText

/// Lookup tables of a tree, built once: a tree can have many files.
struct SourceIndex {
    let tree: SourceTree
    /// The paths of all files, by file name.
    let byName: [String: [String]]
    /// All folders that contain a file, at any depth.
    let folders: Set<String>
    /// The files of model weights.
    let weights: [String]

    init(_ tree: SourceTree) {
        self.tree = tree
        byName = tree.programs.isEmpty ? [:] : tree.pathsByName()
        weights = tree.sizes.filter { ModelWeights.isOne($0.key, bytes: $0.value) }.keys.sorted()
        var folders: Set<String> = []
        for path in tree.sizes.keys {
            var folder = SourceTree.folder(of: path)
            while !folder.isEmpty, folders.insert(folder).inserted {
                folder = SourceTree.folder(of: folder)
            }
        }
        self.folders = folders
    }
}

extension SourceTree {
    /// The programs in the tree that a Dockerfile runs, by the names in its instructions: in its
    /// folder or below it. `byName` is `pathsByName()`.
    public func programs(of path: String, byName: [String: [String]]) -> [String] {
        guard let text = texts[path], Self.role(of: path) == .dockerfile else { return [] }
        let folder = Self.folder(of: path)
        let names = Set(ModelWeights.programs(in: text))
        return names.flatMap { name in
            (byName[String(name.parts(separator: "/").last ?? "")] ?? []).filter { file in
                (file.utf8.elementsEqual(name.utf8) || file.ends(with: "/" + name))
                    && (folder.isEmpty || file.begins(with: folder + "/"))
            }
        }.sorted()
    }
}
