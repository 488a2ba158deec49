// swift-tools-version: 6.2
import PackageDescription

// In a package of your own this is the one line
//
//     .package(url: "https://github.com/…/swift-crond", from: "1.0.0")
//
// Here it is the checkout that the example lies in, or, in `make examples`, a tag of it.
let crond: Package.Dependency =
    if let url = Context.environment["SWIFT_CROND"] { .package(url: url, from: "1.0.0") } else {
        .package(name: "swift-crond", path: "../..")
    }

let scheduling: [Target.Dependency] = [
    .product(name: "CronScheduler", package: "swift-crond"), .product(name: "CronAdapters", package: "swift-crond"),
]

let package = Package(
    name: "jobs-over-http",
    dependencies: [
        crond,
        // Without its traits it does not bring Foundation's language data along.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(
            name: "JobsOverHTTP",
            dependencies: scheduling + [
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
            ]),
        .executableTarget(
            name: "jobs-over-http-server",
            dependencies: scheduling + [
                "JobsOverHTTP", .product(name: "CronStoreSQLite", package: "swift-crond"),
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "JobsOverHTTPTests",
            dependencies: scheduling + [
                "JobsOverHTTP", .product(name: "CronTesting", package: "swift-crond"),
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
    ]
)
