// swift-tools-version: 6.2
// Apart from the root package, so that neither its products nor its ordinary build know of it.
import PackageDescription

let package = Package(
    name: "engines",
    dependencies: [.package(name: "swift-crond", path: "../../..")],
    targets: [
        .executableTarget(
            name: "engine",
            dependencies: [
                .product(name: "CronExpressions", package: "swift-crond"), .product(name: "CronScheduler", package: "swift-crond"),
            ])
    ])
