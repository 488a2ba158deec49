// swift-tools-version: 6.2
// Apart from the root package, so that neither its products nor its ordinary build know of it.
import PackageDescription

let package = Package(
    name: "publish",
    dependencies: [.package(name: "swift-crond", path: "../../..")],
    targets: [
        .executableTarget(
            name: "publish",
            dependencies: [
                .product(name: "CronRabbitMQ", package: "swift-crond"), .product(name: "CronScheduler", package: "swift-crond"),
            ])
    ])
