// swift-tools-version: 6.2
import PackageDescription

/// Rules of the house for every target: nothing is imported by accident, warnings are errors.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "ledger",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "ledger", targets: ["LedgerTool"]),
        .executable(name: "ledger-verify", targets: ["LedgerVerify"]),
        .executable(name: "ledgerd", targets: ["LedgerServer"]),
        .library(name: "LedgerText", targets: ["LedgerText"]),
        .library(name: "LedgerProof", targets: ["LedgerProof"]),
        .library(name: "Ledger", targets: ["Ledger"]),
        .library(name: "Projections", targets: ["Projections"]),
        .library(name: "Commands", targets: ["Commands"]),
        .library(name: "LedgerSQLite", targets: ["LedgerSQLite"]),
        .library(name: "CommandPorts", targets: ["CommandPorts"]),
        .library(name: "CommandSecrets", targets: ["CommandSecrets"]),
        .library(name: "CommandFiles", targets: ["CommandFiles"]),
        .library(name: "CommandGuard", targets: ["CommandGuard"]),
        .library(name: "CommandEngine", targets: ["CommandEngine"]),
        .library(name: "CommandImporters", targets: ["CommandImporters"]),
        .library(name: "LedgerOperations", targets: ["LedgerOperations"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // Text as bytes: what every other part reads and writes for other programs with.
        .target(name: "LedgerText", path: "Sources/Ledger/Text", swiftSettings: house),

        // What a static program does before anything else.
        .target(name: "StaticStart", path: "Sources/Ledger/StaticStart"),

        // WHAT HAPPENED: facts, their place and their proof.
        .target(
            name: "LedgerProof",
            dependencies: ["LedgerText", .product(name: "Crypto", package: "swift-crypto")],
            path: "Sources/Ledger/Proof",
            exclude: ["Verify"],
            swiftSettings: house),
        .executableTarget(
            name: "LedgerVerify",
            dependencies: ["LedgerProof", "LedgerText", "StaticStart"],
            path: "Sources/Ledger/Proof/Verify",
            swiftSettings: house),
        // Who signed: SSH signatures and allowed signers, without another program.
        .target(
            name: "LedgerSignatures",
            dependencies: [
                "Ledger", "LedgerProof", "LedgerText",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            path: "Sources/Ledger/Signatures", swiftSettings: house),
        .target(
            name: "Ledger",
            dependencies: [
                "LedgerProof", "LedgerText", .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["Stores", "Proof", "Signatures", "StaticStart", "Text"],
            swiftSettings: house),
        .target(
            name: "CSQLite", path: "Sources/Ledger/Stores/SQLite/CSQLite",
            linkerSettings: [.linkedLibrary("sqlite3"), .linkedLibrary("m")]),
        .systemLibrary(
            name: "CZlib", path: "Sources/Ledger/Stores/SQLite/Zlib",
            providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "LedgerSQLite",
            dependencies: [
                "CSQLite", "CZlib", "Ledger", "LedgerProof", "LedgerText",
            ],
            path: "Sources/Ledger/Stores/SQLite",
            exclude: ["CSQLite", "Zlib"],
            resources: [.embedInCode("schema.sql")],
            swiftSettings: house),

        // WHAT IT MEANS: folds over facts.
        .target(
            name: "Projections", dependencies: ["Ledger", "LedgerProof", "LedgerText"],
            swiftSettings: house),

        // WHAT TO DO. The core: playbook, plans, decisions, runs; nothing in it waits.
        .target(
            name: "CommandPorts",
            dependencies: [
                "Ledger", "LedgerProof", "LedgerText",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Sources/Commands/Ports", swiftSettings: house),
        .target(
            name: "CommandSecrets",
            dependencies: [
                "Ledger", "LedgerProof", "LedgerText",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Sources/Commands/Secrets", swiftSettings: house),
        .systemLibrary(
            name: "CYAML", path: "Sources/Commands/Files/YAML/CYAML",
            providers: [.apt(["libyaml-dev"])]),
        .target(
            name: "CommandFiles", dependencies: ["CYAML", "Ledger", "LedgerText"],
            path: "Sources/Commands/Files", exclude: ["YAML/CYAML"], swiftSettings: house),
        .target(
            name: "CommandGuard",
            dependencies: ["CommandFiles", "CommandSecrets", "Ledger", "LedgerText"],
            path: "Sources/Commands/Guard", swiftSettings: house),
        .target(
            name: "Commands",
            dependencies: [
                "CommandFiles", "CommandPorts", "CommandSecrets", "Ledger", "LedgerProof",
                "LedgerText", "Projections",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Sources/Commands/Core",
            resources: [.embedInCode("Playbook/container.sh"), .embedInCode("Plans/script.sh")],
            swiftSettings: house),

        // What waits: the engine drives the core over ports, adapters fulfil them.
        .target(
            name: "CommandEngine",
            dependencies: [
                "Commands", "CommandPorts", "CommandSecrets", "Ledger", "LedgerProof",
                "LedgerText", "Projections",
            ],
            path: "Sources/Commands/Engine", swiftSettings: house),
        .target(
            name: "CommandRunners",
            dependencies: [
                "CommandPorts", "CommandSecrets", "Ledger", "LedgerProof", "LedgerText",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Sources/Commands/Runners",
            resources: [.embedInCode("host.sh")],
            swiftSettings: house),
        .target(
            name: "CommandImporters",
            dependencies: [
                "CommandPorts", "Ledger", "LedgerText", "Projections",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Sources/Commands/Importers",
            swiftSettings: house),
        .target(
            name: "CommandExporters",
            dependencies: [
                "CommandPorts", "Ledger", "LedgerProof", "LedgerText",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            path: "Sources/Commands/Exporters",
            swiftSettings: house),

        // One desk for every door.
        .target(
            name: "LedgerOperations",
            dependencies: [
                "CommandEngine", "Commands", "CommandFiles", "CommandGuard", "CommandImporters",
                "CommandExporters", "CommandPorts", "Ledger", "LedgerProof", "LedgerText",
                "Projections",
            ],
            path: "Sources/Commands/Operations", swiftSettings: house),

        // The files beside a ledger (its key), and this process, for every door.
        .target(
            name: "LedgerHome",
            dependencies: [
                "CommandFiles", "CommandPorts", "CommandRunners", "Commands", "Ledger",
                "LedgerOperations", "LedgerProof", "LedgerSQLite", "LedgerText", "Projections",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Sources/Commands/Home", swiftSettings: house),

        // The doors.
        .executableTarget(
            name: "LedgerTool",
            dependencies: [
                "CommandEngine", "CommandExporters", "CommandFiles", "CommandGuard",
                "CommandImporters", "CommandPorts", "CommandRunners", "CommandSecrets",
                "Commands", "Ledger", "LedgerHome", "LedgerOperations", "LedgerProof", "LedgerText",
                "Projections", "StaticStart",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Sources/Commands/CLI",
            resources: [
                "Dockerfile", "dockerignore", "compose.yaml", "playbook.yaml", "ci.yml", "cd.yml",
                "changes.yml", "revert.yml", "action.yml", "action-run",
            ].map { .embedInCode("Pipeline/\($0)") },
            swiftSettings: house),

        .executableTarget(
            name: "LedgerServer",
            dependencies: [
                "CommandEngine", "CommandFiles", "CommandImporters", "CommandPorts",
                "CommandSecrets", "Commands", "Ledger", "LedgerHome",
                "LedgerOperations", "LedgerProof", "LedgerSignatures", "LedgerText",
                "Projections", "StaticStart",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Sources/Commands/Server", swiftSettings: house),

        .executableTarget(
            name: "LedgerBenchmarks",
            dependencies: [
                "CSQLite", "CommandEngine", "CommandPorts", "CommandSecrets", "Commands", "Ledger",
                "LedgerProof", "LedgerSQLite", "Projections",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Benchmarks",
            exclude: ["README.md", "peers.json", "eventsourcing_threads.py", "servers.py"],
            swiftSettings: house),

        .target(
            name: "Support",
            dependencies: [
                "CommandEngine", "CommandPorts", "CommandSecrets", "Commands", "Ledger",
                "LedgerProof", "LedgerSQLite", "Projections",
            ],
            path: "Tests/Support",
            swiftSettings: house),
        .executableTarget(
            name: "racer", dependencies: ["Ledger", "LedgerSQLite", "Projections"],
            path: "Tests/Racer", swiftSettings: house),
        .target(
            name: "FaultDisk", path: "Tests/FaultTests/Disk",
            linkerSettings: [.linkedLibrary("sqlite3")]),
        .executableTarget(
            name: "faults",
            dependencies: [
                "FaultDisk", "Ledger", "LedgerProof", "LedgerSQLite", "Projections", "Support",
            ],
            path: "Tests/FaultTests/Program", swiftSettings: house),
        // Tests, a target for each of ours.
        .testTarget(
            name: "LedgerTests",
            dependencies: [
                "Ledger", "LedgerProof", "LedgerSQLite", "LedgerText", "Projections", "Support",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["Golden"],
            swiftSettings: house),
        .testTarget(
            name: "ProofTests",
            dependencies: [
                "Ledger", "LedgerProof", "LedgerText", "Support",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["Peers"],
            swiftSettings: house),
        .testTarget(
            name: "SignatureTests",
            dependencies: [
                "Ledger", "LedgerSignatures", "Support",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "SQLiteTests",
            dependencies: [
                "CSQLite", "racer", "CommandEngine", "CommandPorts", "CommandSecrets", "Commands",
                "Ledger",
                "LedgerProof", "LedgerSQLite", "LedgerText", "Projections", "Support",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["Golden"],
            swiftSettings: house),
        .testTarget(
            name: "ProjectionsTests",
            dependencies: [
                "CommandEngine", "CommandPorts", "CommandSecrets", "Commands", "Ledger",
                "LedgerOperations",
                "LedgerSQLite", "Projections", "Support",
            ],
            swiftSettings: house),
        .testTarget(
            name: "CommandsTests",
            dependencies: [
                "CommandFiles", "CommandPorts", "CommandSecrets", "Commands", "Ledger",
                "LedgerText", "Projections", "Support",
            ],
            swiftSettings: house),
        .testTarget(
            name: "SecretsTests",
            dependencies: [
                "CommandEngine", "CommandSecrets", "Commands", "Ledger", "LedgerText", "Support",
            ],
            swiftSettings: house),
        .testTarget(
            name: "GuardTests",
            dependencies: [
                "CommandEngine", "CommandFiles", "CommandGuard", "CommandImporters", "Ledger",
                "LedgerText", "Support",
            ],
            swiftSettings: house),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "CommandEngine", "CommandFiles", "CommandImporters", "CommandPorts",
                "CommandRunners", "CommandSecrets", "Commands", "Ledger", "LedgerProof",
                "LedgerSQLite", "LedgerText", "Projections", "Support",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "RunnerTests",
            dependencies: [
                "CommandPorts", "CommandRunners", "CommandSecrets", "Commands", "Ledger",
                "LedgerProof", "LedgerText", "Support",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "ImporterTests",
            dependencies: [
                "CommandEngine", "CommandFiles", "CommandImporters", "CommandPorts", "Ledger",
                "LedgerText", "Projections", "Support",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "ExporterTests",
            dependencies: [
                "CommandEngine", "CommandExporters", "CommandImporters", "CommandPorts", "Ledger",
                "LedgerProof", "LedgerText", "Projections", "Support",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "OperationsTests",
            dependencies: [
                "CommandEngine", "CommandFiles", "CommandImporters", "CommandPorts",
                "CommandSecrets", "Commands", "Ledger", "LedgerOperations", "LedgerProof",
                "LedgerSQLite", "LedgerText", "Projections", "Support",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "CommandPorts", "Ledger", "LedgerHome", "LedgerOperations", "LedgerServer",
                "LedgerTool", "LedgerText", "Support",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "ToolTests",
            dependencies: ["Ledger", "LedgerTool", "Support"],
            swiftSettings: house),
        .testTarget(
            name: "StoryTests",
            dependencies: [
                "Ledger", "LedgerSQLite", "Projections", "Support", "LedgerTool", "LedgerVerify",
            ],
            exclude: ["Stories", "Fixtures"],
            swiftSettings: house),
        .testTarget(
            name: "RigTests", dependencies: ["Support", "LedgerTool"], swiftSettings: house),
        .testTarget(name: "TidyTests", dependencies: ["Support"], swiftSettings: house),
    ]
)
