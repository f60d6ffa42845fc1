public import Foundation

/// Data that lies beside the repository on some machines: tests use it where it is present.
public enum Shared {
    private static let beside = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared").standardizedFileURL

    /// A file or folder of the published vectors; `nil` where they are not present.
    public static func vectors(_ path: String) -> URL? {
        let url = beside.appending(path: "vectors").appending(path: path)
        return FileManager.default.fileExists(atPath: url.path) ? url : nil
    }

    /// A file or folder of real projects and deliveries; `nil` where they are not present.
    public static func data(_ path: String) -> URL? {
        let url = beside.appending(path: "data").appending(path: path)
        return FileManager.default.fileExists(atPath: url.path) ? url : nil
    }

    /// The repository's folder.
    public static let repository = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../..").standardizedFileURL

    /// The text of a file of the repository.
    public static func text(_ path: String) throws -> String {
        try String(contentsOf: repository.appending(path: path), encoding: .utf8)
    }
}

extension Shared {
    /// A program of this package, as it was built with the tests; `nil` if it was not.
    public static func product(_ name: String) -> String? {
        let own = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        let folders = [
            own.deletingLastPathComponent(),
            repository.appending(path: ".build/debug").resolvingSymlinksInPath(),
        ]
        return folders.map { $0.appending(path: name).path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
