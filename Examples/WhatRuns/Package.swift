// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "WhatRuns",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "ledger", path: "../..")],
    targets: [
        .executableTarget(
            name: "WhatRuns",
            dependencies: [
                .product(name: "LedgerSQLite", package: "ledger"),
                .product(name: "Projections", package: "ledger"),
            ])
    ]
)
