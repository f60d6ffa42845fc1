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
        .library(name: "LedgerText", targets: ["LedgerText"]),
        .library(name: "LedgerProof", targets: ["LedgerProof"]),
        .library(name: "Ledger", targets: ["Ledger"]),
        .library(name: "Projections", targets: ["Projections"]),
        .library(name: "Commands", targets: ["Commands"]),
        .library(name: "LedgerSQLite", targets: ["LedgerSQLite"]),
        .library(name: "CommandSecrets", targets: ["CommandSecrets"]),
        .library(name: "CommandImporters", targets: ["CommandImporters"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // Text as bytes: what every other part reads and writes for other programs with.
        .target(name: "LedgerText", path: "Sources/Ledger/Text", swiftSettings: house),

        // WHAT HAPPENED: facts, their place and their proof.
        .target(
            name: "LedgerProof",
            dependencies: ["LedgerText", .product(name: "Crypto", package: "swift-crypto")],
            path: "Sources/Ledger/Proof",
            exclude: ["Verify"],
            swiftSettings: house),
        .executableTarget(
            name: "LedgerVerify",
            dependencies: ["LedgerProof", "LedgerText"],
            path: "Sources/Ledger/Proof/Verify",
            swiftSettings: house),
        .target(
            name: "Ledger",
            dependencies: [
                "LedgerProof", "LedgerText", .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["Stores", "Proof", "Text"],
            swiftSettings: house),
        .target(
            name: "LedgerSQLite",
            dependencies: [
                "Ledger", "LedgerProof", "LedgerText",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            path: "Sources/Ledger/Stores/SQLite",
            resources: [.embedInCode("schema.sql")],
            swiftSettings: house),

        // WHAT IT MEANS: folds over facts.
        .target(
            name: "Projections", dependencies: ["Ledger", "LedgerProof", "LedgerText"],
            swiftSettings: house),

        // WHAT TO DO: wishes, judged; plans, carried out.
        .target(
            name: "CommandSecrets", dependencies: ["Ledger", "LedgerText"],
            path: "Sources/Commands/Secrets", swiftSettings: house),
        .target(
            name: "Commands",
            dependencies: [
                "CommandSecrets", "Ledger", "LedgerProof", "LedgerText", "Projections",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["Secrets", "Runners", "Importers", "Exporters", "CLI"],
            resources: [.embedInCode("container.sh"), .embedInCode("script.sh")],
            swiftSettings: house),
        .target(
            name: "CommandRunners",
            dependencies: [
                "CommandSecrets", "Ledger", "LedgerProof", "LedgerText", "Commands",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Sources/Commands/Runners",
            resources: [.embedInCode("host.sh")],
            swiftSettings: house),
        .target(
            name: "CommandImporters",
            dependencies: [
                "Ledger", "LedgerText", "Projections", "Commands",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Sources/Commands/Importers",
            swiftSettings: house),
        .target(
            name: "CommandExporters",
            dependencies: [
                "Ledger", "LedgerProof", "LedgerText", "Commands",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            path: "Sources/Commands/Exporters",
            swiftSettings: house),
        .executableTarget(
            name: "LedgerTool",
            dependencies: [
                "CommandSecrets", "Ledger", "LedgerProof", "LedgerText", "Projections", "Commands",
                "LedgerSQLite", "CommandRunners",
                "CommandImporters", "CommandExporters",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/Commands/CLI",
            resources: [
                "Dockerfile", "dockerignore", "compose.yaml", "playbook.yaml", "ci.yml", "cd.yml",
                "changes.yml", "revert.yml", "action.yml", "action-run",
            ].map { .embedInCode("Pipeline/\($0)") },
            swiftSettings: house),

        .executableTarget(
            name: "LedgerBenchmarks",
            dependencies: [
                "CommandSecrets", "Ledger", "LedgerProof", "LedgerSQLite", "Projections",
                "Commands",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            path: "Benchmarks",
            exclude: ["README.md", "peers.json", "eventsourcing_threads.py", "servers.py"],
            swiftSettings: house),

        .target(
            name: "Support",
            dependencies: [
                "CommandSecrets", "Ledger", "LedgerProof", "Projections", "Commands",
                "LedgerSQLite",
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
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            path: "Tests/FaultTests/Program", swiftSettings: house),
        .testTarget(
            name: "LedgerTests",
            dependencies: [
                "racer",
                "Ledger", "LedgerProof", "LedgerText", "LedgerSQLite", "Projections", "Commands",
                "Support",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            exclude: ["Golden", "Peers"],
            swiftSettings: house),
        .testTarget(
            name: "ProjectionsTests",
            dependencies: [
                "CommandSecrets", "Ledger", "LedgerSQLite", "Projections", "Commands", "Support",
            ],
            swiftSettings: house),
        .testTarget(
            name: "CommandsTests",
            dependencies: [
                "CommandSecrets", "Ledger", "LedgerProof", "LedgerText", "Projections",
                "Commands", "CommandRunners", "CommandImporters", "CommandExporters",
                "LedgerSQLite", "Support",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
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
