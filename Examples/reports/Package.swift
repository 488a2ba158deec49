// swift-tools-version: 6.2
import PackageDescription

// A program of its own, as a user's would be. Outside this repository the dependency is
//
//     .package(url: "https://github.com/…/swift-crond", from: "1.0.0")
let package = Package(
    name: "reports",
    dependencies: [.package(name: "swift-crond", path: "../..")],
    targets: [
        .executableTarget(
            name: "reports",
            dependencies: [
                .product(name: "CronScheduler", package: "swift-crond"), .product(name: "CronStoreSQLite", package: "swift-crond"),
            ])
    ]
)
