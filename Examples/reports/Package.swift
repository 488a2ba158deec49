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

let package = Package(
    name: "reports",
    dependencies: [crond],
    targets: [
        .executableTarget(
            name: "reports",
            dependencies: [
                .product(name: "CronScheduler", package: "swift-crond"), .product(name: "CronStoreSQLite", package: "swift-crond"),
            ])
    ]
)
