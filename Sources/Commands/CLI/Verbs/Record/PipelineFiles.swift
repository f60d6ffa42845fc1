internal import CommandFiles
internal import Foundation
internal import LedgerText

/// The files of a pipeline that passes `ledger check`: those of `Examples/Pipeline` and `action`,
/// for one image.
struct PipelineFiles {
    struct File {
        let path: String
        let bytes: [UInt8]
        var isExecutable = false
    }

    /// The image without a tag, for example `registry.example/acme/shop`.
    let image: String

    private static let example = "registry.example/acme/shop"

    /// The service's name is the last part of the image's name.
    private var service: String { image.parts(separator: "/").last.map(String.init) ?? image }

    /// All files, with paths relative to the project's folder.
    var all: [File] {
        let flows = ".github/workflows/"
        let action = ".github/actions/ledger/"
        return [
            filled("Dockerfile", PackageResources.Dockerfile),
            filled(".dockerignore", PackageResources.dockerignore),
            filled("compose.yaml", PackageResources.compose_yaml),
            filled("ledger.yaml", PackageResources.playbook_yaml),
            filled(flows + "ci.yml", PackageResources.ci_yml),
            filled(flows + "cd.yml", PackageResources.cd_yml),
            filled(flows + "changes.yml", PackageResources.changes_yml),
            filled(flows + "revert.yml", PackageResources.revert_yml),
            File(path: action + "action.yml", bytes: PackageResources.action_yml),
            File(path: action + "run", bytes: PackageResources.action_run, isExecutable: true),
        ]
    }

    private func filled(_ path: String, _ bytes: [UInt8]) -> File {
        // The image's name may contain the example's words, so it is inserted last.
        let text = String(decoding: bytes, as: UTF8.self).exchanging(Self.example, for: "\u{0}")
            .exchanging("shop", for: service).exchanging("\u{0}", for: image)
        return File(path: path, bytes: Array(text.utf8))
    }

    /// Writes the files that do not exist, and reports the result for each. Overwrites nothing.
    ///
    /// Throws an error of Foundation if a file cannot be written.
    func write(to folder: URL) throws -> [String] {
        let files = FileManager.default
        return try all.map { file in
            let place = folder.appending(path: file.path)
            if files.fileExists(atPath: place.path) { return "\(file.path) already exists: kept" }
            try files.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(file.bytes).write(to: place)
            if file.isExecutable {
                try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.path)
            }
            return "created \(file.path)"
        }
    }
}
