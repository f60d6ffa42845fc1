// swift-tools-version: 6.2
import PackageDescription

// A package of its own: the fuzzer brings a `main` with it, and every module is built to tell it
// which branches ran. Built and run by scripts/fuzz.
let package = Package(
    name: "Fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "ledger", path: "../..")],
    targets: [
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                .product(name: "Ledger", package: "ledger"),
                .product(name: "LedgerProof", package: "ledger"),
                .product(name: "LedgerText", package: "ledger"),
                .product(name: "LedgerSQLite", package: "ledger"),
                .product(name: "Projections", package: "ledger"),
                .product(name: "CommandPorts", package: "ledger"),
                .product(name: "CommandFiles", package: "ledger"),
                .product(name: "CommandGuard", package: "ledger"),
                .product(name: "Commands", package: "ledger"),
                .product(name: "CommandEngine", package: "ledger"),
                .product(name: "LedgerOperations", package: "ledger"),
                .product(name: "CommandImporters", package: "ledger"),
                .product(name: "CommandSecrets", package: "ledger"),
            ],
            swiftSettings: [.unsafeFlags(["-parse-as-library"])])
    ]
)
