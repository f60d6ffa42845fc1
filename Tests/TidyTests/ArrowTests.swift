import Foundation
import Support
import Testing

/// What may use what: between targets as `Package.swift` declares it (the compiler refuses any
/// other import), between the rooms of one target by the names that their code uses.
struct ArrowTests {
    /// What each target may use of ours (docs/decisions, and the picture in Architecture.md).
    private static let allowed: [String: Set<String>] = {
        let text: Set = ["LedgerText"]
        let proof = text.union(["LedgerProof"])
        let facts = proof.union(["Ledger"])
        let meaning = facts.union(["Projections"])
        let core = meaning.union(["CommandFiles", "CommandPorts", "CommandSecrets"])
        let engine = core.subtracting(["CommandFiles"]).union(["Commands"])
        let desk = engine.union([
            "CommandEngine", "CommandExporters", "CommandFiles", "CommandGuard",
            "CommandImporters",
        ]).subtracting(["CommandSecrets"])
        return [
            "StaticStart": [], "LedgerText": [], "LedgerProof": text,
            "LedgerVerify": proof.union(["StaticStart"]), "Ledger": proof,
            "LedgerSignatures": facts,
            "CSQLite": [], "CYAML": [], "CZlib": [],
            "LedgerSQLite": facts.union(["CSQLite", "CZlib"]), "Projections": facts,
            "CommandPorts": facts, "CommandSecrets": facts,
            "CommandFiles": ["CYAML", "Ledger", "LedgerText"],
            "CommandGuard": ["CommandFiles", "CommandSecrets", "Ledger", "LedgerText"],
            "Commands": core, "CommandEngine": engine,
            "CommandRunners": facts.union(["CommandPorts", "CommandSecrets"]),
            "CommandImporters": ["CommandPorts", "Ledger", "LedgerText", "Projections"],
            "CommandExporters": facts.union(["CommandPorts"]),
            "LedgerOperations": desk,
            "LedgerHome": meaning.union([
                "CommandFiles", "CommandPorts", "CommandRunners", "Commands", "LedgerOperations",
                "LedgerSQLite",
            ]),
            "LedgerServer": desk.union([
                "CommandSecrets", "LedgerHome", "LedgerOperations",
                "LedgerSignatures", "StaticStart",
            ]),
            "LedgerTool": desk.union([
                "CommandRunners", "CommandSecrets", "LedgerHome", "LedgerOperations",
                "StaticStart",
            ]),
        ]
    }()

    private struct Package: Decodable {
        struct Target: Decodable {
            struct Dependency: Decodable { let byName: [String?]? }
            let name: String
            let type: String
            let path: String?
            let dependencies: [Dependency]
        }
        let targets: [Target]
    }

    private static func package() async throws -> Package {
        // A build folder of its own: `swift test` keeps the other one locked.
        let sandbox = try Sandbox()
        let said = try await Spoken.run([
            "swift", "package", "--package-path", Shared.repository.path, "--scratch-path",
            sandbox.path("build"), "dump-package",
        ])
        let start = said.output.firstIndex(of: "{") ?? said.output.startIndex
        return try JSONDecoder().decode(Package.self, from: Data(said.output[start...].utf8))
    }

    @Test func targetsUseOnlyWhatTheyMay() async throws {
        let ours = Set(Self.allowed.keys)
        let targets = try await Self.package().targets.filter {
            ($0.path ?? "Sources/\($0.name)").hasPrefix("Sources/") && $0.type != "test"
        }
        #expect(Set(targets.map(\.name)) == ours)
        for target in targets {
            let used = Set(target.dependencies.compactMap { $0.byName?.first ?? nil })
            let more = used.intersection(ours).subtracting(Self.allowed[target.name] ?? [])
            #expect(more.isEmpty, "\(target.name) may not use \(more.sorted())")
        }
    }

    @Test func thePictureIsThatOfThePackage() async throws {
        let said = try await Spoken.run(
            [Shared.repository.appending(path: "scripts/picture").path, "--check"])
        #expect(said.code == 0, "\(said.error)")
    }

    /// Help texts, OpenAPI and tools say what the doc comments of the operations say.
    @Test func theTextsOfOperationsAreTheirDocComments() async throws {
        let said = try await Spoken.run(
            [Shared.repository.appending(path: "scripts/documentation").path, "--check"])
        #expect(said.code == 0, "\(said.error)")
    }

    /// What other packages a part may use: storage, processes and command lines stand at the edge.
    @Test(arguments: [
        ("CSQLite", ["Sources/Ledger/Stores/SQLite/"]), ("CYAML", ["Sources/Commands/Files/YAML/"]),
        // Its tables of all languages would be half of the program (LED-0019).
        ("Foundation", []),
        ("ArgumentParser", ["Sources/Commands/CLI/"]),
        ("Subprocess", ["Sources/Commands/Runners/", "Sources/Commands/Importers/"]),
        ("LedgerSQLite", ["Sources/Commands/Home/"]),
        ("CommandRunners", ["Sources/Commands/CLI/Wiring/", "Sources/Commands/Home/"]),
    ])
    func onlyTheEdgeImports(_ module: String, _ folders: [String]) {
        for file in Repository.sources where file.text.contains("import \(module)\n") {
            #expect(folders.contains { file.path.hasPrefix($0) }, "\(file.path) imports \(module)")
        }
    }

    /// The rooms of a target, each of which may use itself and those before it. The last is the
    /// target's own folder.
    private static let rooms: [(target: String, order: [String])] = [
        ("Sources/Ledger", ["Values", "JSON", "Events", "Entries", "", "Keeping"]),
        (
            "Sources/Ledger/Stores/SQLite",
            ["Connection", "Rows", "File", "Append", "", "Check", "Copies", "Doctor"]
        ),
        ("Sources/Projections", ["Details", "Views", "Folds", "", "Questions"]),
        ("Sources/Commands/Core", ["Playbook", "Playbook/Reading", "Plans", "Decide", "Runs"]),
        ("Sources/Commands/Guard", ["Signs", "Rules", ""]),
        ("Sources/Commands/Engine", ["Recording", "Inspecting", "Planning", "Running"]),
        ("Sources/Commands/Importers", ["Deliveries", ""]),
        ("Sources/Commands/Server", ["Requests", "Identity", "Place", "Routes", ""]),
        (
            "Sources/Commands/Operations",
            ["Answers", "", "Identity", "Find", "Ask", "Record", "Act", "Keep", "Serve", "Texts"]
        ),
        (
            "Sources/Commands/CLI",
            [
                "Terminal", "Rendering", "Texts", "Options", "Wiring", "Verbs/Shared", "Verbs/Ask",
                "Verbs/Act", "Verbs/Keep", "Verbs/Record", "",
            ]
        ),
    ]

    private static var declares: Regex<(Substring, Substring)> {
        #/(?m)^(?:(?:public|package|final|indirect) )*(?:struct|class|enum|actor|protocol|typealias) (\w+)/#
    }

    @Test(arguments: rooms.indices)
    func roomsUseOnlyThoseBeforeThem(index: Int) throws {
        let (target, order) = Self.rooms[index]
        func room(of file: Repository.File) -> Int? {
            let names = order.map { $0.isEmpty ? target : "\(target)/\($0)" }
            return names.firstIndex(of: file.folder)
        }
        let nested = Self.rooms.map(\.target).filter { $0.hasPrefix(target + "/") }
        let files = Repository.sources.filter { file in
            file.path.hasPrefix(target + "/") && !nested.contains { file.path.hasPrefix($0) }
                && !(target == "Sources/Ledger"
                    && file.path.contains(#/Ledger/(Proof|Signatures|Text|Stores)//#))
        }
        var home: [Substring: Set<Int>] = [:]
        for file in files {
            let place = try #require(room(of: file), "\(file.path) is in no room")
            for match in file.text.matches(of: Self.declares) {
                home[match.1, default: []].insert(place)
            }
        }
        for file in files {
            guard let place = room(of: file) else { continue }
            for (number, line) in file.code.lines.enumerated() {
                for word in line.matches(of: #/\b[A-Z]\w+/#) {
                    guard let rooms = home[word.0], rooms.allSatisfy({ $0 > place }) else {
                        continue
                    }
                    Issue.record("\(file.path):\(number + 1) uses \(word.0) of a later room")
                }
            }
        }
    }

    /// The core decides, and waits for nothing: no clock, no disk, no network, no store.
    @Test func nothingInTheCoreWaits() {
        let core = ["Core", "Files", "Guard", "Secrets"].map { "Sources/Commands/\($0)/" }
        let pure = core + ["Details", "Views", "Folds"].map { "Sources/Projections/\($0)/" }
        for file in Repository.sources where pure.contains(where: { file.path.hasPrefix($0) }) {
            let code = file.code.lines
            let waits = code.contains {
                $0.contains(#/\b(?:await|async|EventReader|EventStore|Projector)\b/#)
            }
            #expect(!waits, "\(file.path) waits")
        }
    }

    /// Below the doors nobody knows command lines, exit codes or status codes of HTTP.
    @Test func onlyDoorsSpeakTheirLanguage() {
        let doors = ["CLI", "Server"].map { "Sources/Commands/\($0)/" }
        for file in Repository.sources where !doors.contains(where: { file.path.hasPrefix($0) }) {
            for word in ["ExitStatus", "CommandLine.arguments", "exit("] {
                guard !file.path.hasPrefix("Sources/Ledger/Proof/Verify/") else { continue }
                #expect(!file.text.contains(word), "\(file.path) says \(word)")
            }
        }
    }
}
