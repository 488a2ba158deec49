// swift-tools-version: 6.2
// Apart from the root package, so that neither its products nor its ordinary build know of it.
import PackageDescription

let package = Package(
    name: "library",
    dependencies: [.package(name: "swift-crond", path: "../../..")],
    targets: [
        .executableTarget(
            name: "jobs",
            dependencies: [
                .product(name: "CronScheduler", package: "swift-crond"), .product(name: "CronStoreSQLite", package: "swift-crond"),
                .product(name: "CronTesting", package: "swift-crond"),
            ])
    ])
