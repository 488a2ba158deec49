// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

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
        .library(name: "CronScheduler", targets: ["CronJobs", "CronScheduler", "LinuxEvents"]),
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
    ],
    targets: [
        // C: headers only, except CLaunch, which holds what must run between clone and exec, CExecutor, which
        // speaks Swift's calling convention, and CZones, which is constant data.
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CRabbitMQ", providers: [.apt(["librabbitmq-dev", "libssl-dev"])]),
        .target(name: "CLaunch", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"], .when(configuration: .debug))]),

        .target(name: "CZones"),
        .target(name: "CExecutor", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"], .when(configuration: .debug))]),

        // Ground floor.
        .target(name: "CronExpressions", dependencies: ["CZones"], swiftSettings: strict),

        // Floor 1.
        .target(name: "CronJobs", dependencies: ["CronExpressions"], swiftSettings: strict),
        .target(name: "LinuxEvents", dependencies: ["CExecutor", "CLinux"], swiftSettings: strict),

        // Floor 2.
        .target(name: "CronScheduler", dependencies: ["CronExpressions", "CronJobs"], swiftSettings: strict),
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

        .target(name: "Crontabs", dependencies: ["CLinux", "CronExpressions", "CronJobs", crypto], swiftSettings: strict),

        // Floor 3.
        .target(
            name: "CronTables", dependencies: ["CronExpressions", "CronJobs", "Crontabs", "LinuxEvents", "CLinux", crypto],
            swiftSettings: strict),

        // Floor 4.
        .target(name: "CronTesting", dependencies: ["CronExpressions", "CronJobs", "CronScheduler"], swiftSettings: strict),

        .executableTarget(name: "simulate", dependencies: ["CronTesting"], swiftSettings: strict),

        // Floor 5 and the roof.
        .target(
            name: "CronDaemon",
            dependencies: [
                "CronExpressions", "Crontabs", "CronJobs", "LinuxEvents", "CronScheduler", "CronProcesses", "CronStoreSQLite",
                "CronStoreRedis", "CronRabbitMQ", "CronTables", "CLinux", crypto,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "crond",
            dependencies: [
                "CronDaemon", "CronExpressions", "CronRabbitMQ", "CronTables", "Crontabs", "CronJobs", "LinuxEvents", arguments,
            ],
            swiftSettings: strict),

        .testTarget(name: "CronExpressionsTests", dependencies: ["CronExpressions"], swiftSettings: strict),
        .testTarget(name: "CrontabsTests", dependencies: ["CLinux", "CronExpressions", "CronJobs", "Crontabs"], swiftSettings: strict),
        .testTarget(
            name: "Conformance", dependencies: ["CronExpressions", "CronJobs", "Crontabs"], swiftSettings: strict),
        .testTarget(
            name: "CronJobsTests", dependencies: ["CronExpressions", "CronJobs", "CronTesting"], swiftSettings: strict),
        .testTarget(name: "LinuxEventsTests", dependencies: ["LinuxEvents", "CLinux"], swiftSettings: strict),
        .testTarget(
            name: "CronSchedulerTests", dependencies: ["CronExpressions", "CronJobs", "CronScheduler", "CronTesting", "LinuxEvents"],
            swiftSettings: strict),
        .testTarget(
            name: "CronProcessesTests",
            dependencies: ["CronExpressions", "CronJobs", "CronProcesses", "LinuxEvents", "CLinux"], swiftSettings: strict),
        .testTarget(name: "CronTestingTests", dependencies: ["CronJobs", "CronTesting"], swiftSettings: strict),
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
                "CLinux", "CRabbitMQ", "CronDaemon", "CronExpressions", "CronJobs", "CronRabbitMQ", "CronTables", "Crontabs",
                "CronStoreRedis", "CronStoreSQLite", "CronTesting", "LinuxEvents",
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
