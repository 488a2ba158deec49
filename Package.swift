// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

// No unsafe flags: not every SwiftPM takes them in what a package depends on by a tag.
let strictC: [CSetting] = [.treatAllWarnings(as: .error), .enableWarning("all"), .enableWarning("extra")]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOTLS", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
]

let package = Package(
    name: "swift-crond",
    products: [
        .executable(name: "crond", targets: ["crond"]),
        .library(name: "CronExpressions", targets: ["CronExpressions"]),
        .library(name: "Crontabs", targets: ["CronJobs", "Crontabs"]),
        .library(name: "CronScheduler", targets: ["CronEngine", "CronHandlers", "CronJobs", "CronScheduler"]),
        .library(name: "CronAdapters", targets: ["CronAdapters"]),
        .library(name: "CronStoreSQLite", targets: ["CronStoreSQLite"]),
        .library(name: "CronStoreRedis", targets: ["CronStoreRedis"]),
        .library(name: "CronRabbitMQ", targets: ["CronRabbitMQ"]),
        .library(name: "CronProcesses", targets: ["CronProcesses"]),
        .library(name: "CronTesting", targets: ["CronTesting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        // Of CronAdapters, which crond does not link.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C: headers only, except CLaunch, which holds what must run between clone and exec, CExecutor, which
        // speaks Swift's calling convention, and CZones, which is constant data.
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CRabbitMQ", providers: [.apt(["librabbitmq-dev", "libssl-dev"])]),
        .target(name: "CLaunch", cSettings: strictC),

        .target(name: "CZones"),
        .target(name: "CExecutor", cSettings: strictC),

        // Ground floor.
        .target(name: "CronExpressions", dependencies: ["CZones"], swiftSettings: strict),

        // Floor 1.
        .target(name: "CronJobs", dependencies: ["CronExpressions"], swiftSettings: strict),
        .target(name: "LinuxEvents", dependencies: ["CExecutor", "CLinux"], swiftSettings: strict),

        // Floor 2.
        .target(name: "CronEngine", dependencies: ["CronExpressions", "CronJobs"], swiftSettings: strict),
        .target(name: "CronHandlers", dependencies: ["CronExpressions", "CronJobs"], swiftSettings: strict),
        .target(
            name: "CronProcesses",
            dependencies: ["CronExpressions", "CronJobs", "LinuxEvents", "CLaunch", "CLinux"],
            swiftSettings: strict),
        .target(
            name: "CronStoreSQLite",
            dependencies: ["CronExpressions", "CronJobs", "LinuxEvents", "CSQLite"],
            swiftSettings: strict,
            linkerSettings: [.linkedLibrary(":libsqlite3.a"), .linkedLibrary("m")]),

        .target(name: "CronStoreRedis", dependencies: ["CronExpressions", "CronJobs", "LinuxEvents"] + nio, swiftSettings: strict),

        .target(
            name: "CronRabbitMQ", dependencies: ["CronExpressions", "CronJobs", "LinuxEvents", "CRabbitMQ"], swiftSettings: strict,
            linkerSettings: [.linkedLibrary(":librabbitmq.a"), .linkedLibrary(":libssl.a"), .linkedLibrary(":libcrypto.a")]),

        .target(name: "CronWeb", dependencies: ["CronExpressions", "CronJobs", "LinuxEvents"] + nio, swiftSettings: strict),

        .target(name: "CronFeed", dependencies: ["CronExpressions", "CronJobs"], swiftSettings: strict),

        .target(name: "Crontabs", dependencies: ["CLinux", "CronExpressions", "CronJobs", crypto], swiftSettings: strict),

        // Floor 3.
        .target(
            name: "CronTables", dependencies: ["CronExpressions", "CronJobs", "Crontabs", "LinuxEvents", "CLinux", crypto],
            swiftSettings: strict),
        // What programs use; crond does not link it.
        .target(
            name: "CronScheduler", dependencies: ["CronEngine", "CronExpressions", "CronHandlers", "CronJobs"], swiftSettings: strict),

        // Floor 4.
        .target(
            name: "CronTesting", dependencies: ["CronEngine", "CronExpressions", "CronHandlers", "CronJobs", "CronScheduler"],
            swiftSettings: strict),

        .target(
            name: "CronAdapters",
            dependencies: [
                "CronExpressions", "CronHandlers", "CronJobs", "CronScheduler", .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"), .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),

        .executableTarget(name: "simulate", dependencies: ["CronTesting"], swiftSettings: strict),

        // Floor 5 and the roof.
        .target(
            name: "CronDaemon",
            dependencies: [
                "CronExpressions", "Crontabs", "CronJobs", "LinuxEvents", "CronEngine", "CronProcesses", "CronStoreSQLite",
                "CronStoreRedis", "CronRabbitMQ", "CronFeed", "CronWeb", "CronTables", "CLinux", crypto,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "crond",
            dependencies: [
                "CronDaemon", "CronExpressions", "CronRabbitMQ", "CronTables", "Crontabs", "CronJobs", "LinuxEvents", arguments,
            ],
            swiftSettings: strict),

        .testTarget(
            name: "CronWebTests", dependencies: ["CronExpressions", "CronJobs", "CronWeb", "LinuxEvents"] + nio, swiftSettings: strict),
        .testTarget(name: "CronFeedTests", dependencies: ["CronExpressions", "CronFeed", "CronJobs"], swiftSettings: strict),
        .testTarget(name: "CronExpressionsTests", dependencies: ["CronExpressions"], swiftSettings: strict),
        .testTarget(name: "CrontabsTests", dependencies: ["CLinux", "CronExpressions", "CronJobs", "Crontabs"], swiftSettings: strict),
        .testTarget(
            name: "Conformance", dependencies: ["CronExpressions", "CronJobs", "Crontabs"], swiftSettings: strict),
        .testTarget(
            name: "CronJobsTests", dependencies: ["CronExpressions", "CronJobs", "CronTesting"], swiftSettings: strict),
        .testTarget(name: "LinuxEventsTests", dependencies: ["LinuxEvents", "CLinux"], swiftSettings: strict),
        .testTarget(
            name: "CronEngineTests", dependencies: ["CronEngine", "CronExpressions", "CronJobs", "CronTesting", "LinuxEvents"],
            swiftSettings: strict),
        .testTarget(
            name: "CronAdaptersTests",
            dependencies: [
                "CronAdapters", "CronExpressions", "CronHandlers", "CronJobs", "CronScheduler", "CronTesting",
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"), .product(name: "Logging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CronHandlersTests", dependencies: ["CronExpressions", "CronHandlers", "CronJobs", "CronTesting"], swiftSettings: strict),
        .testTarget(
            name: "CronSchedulerTests",
            dependencies: ["CronExpressions", "CronHandlers", "CronJobs", "CronScheduler", "CronStoreSQLite", "CronTesting"],
            swiftSettings: strict),
        .testTarget(
            name: "CronProcessesTests",
            dependencies: ["CronExpressions", "CronJobs", "CronProcesses", "LinuxEvents", "CLinux"], swiftSettings: strict),
        .testTarget(name: "CronTestingTests", dependencies: ["CronJobs", "CronScheduler", "CronTesting"], swiftSettings: strict),
        .testTarget(
            name: "CronTablesTests", dependencies: ["CLinux", "CronExpressions", "CronJobs", "CronTables", "CronTesting", "Crontabs"],
            swiftSettings: strict),
        .testTarget(
            name: "CronStoreSQLiteTests", dependencies: ["CronExpressions", "CronJobs", "CronStoreSQLite", "CronTesting"],
            swiftSettings: strict),
        .testTarget(
            name: "CronStoreRedisTests", dependencies: ["CronExpressions", "CronJobs", "CronStoreRedis"] + nio, swiftSettings: strict),
        .testTarget(
            name: "CronRabbitMQTests", dependencies: ["CronExpressions", "CronJobs", "CronRabbitMQ", "LinuxEvents"], swiftSettings: strict),
        .testTarget(
            name: "Integration",
            dependencies: [
                "CLinux", "CRabbitMQ", "CronDaemon", "CronExpressions", "CronFeed", "CronHandlers", "CronJobs", "CronRabbitMQ",
                "CronScheduler", "CronTables", "Crontabs", "CronStoreRedis", "CronStoreSQLite", "CronTesting", "LinuxEvents",
            ] + nio,
            swiftSettings: strict),
        .testTarget(
            name: "CronDaemonTests",
            dependencies: [
                "CLinux", "CronDaemon", "CronExpressions", "CronJobs", "CronStoreSQLite", "CronTables", "CronTesting", "Crontabs",
                "LinuxEvents",
            ],
            swiftSettings: strict),
        .testTarget(name: "crondTests", dependencies: ["crond", "CronExpressions", "CronJobs"], swiftSettings: strict),
        .testTarget(name: "BlackBox", dependencies: ["CLinux", "CronJobs"] + nio, swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
    ]
)
