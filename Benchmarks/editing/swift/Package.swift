// swift-tools-version: 6.2
// Apart from the root package, so that neither its products nor its ordinary build know of it.
import PackageDescription

let package = Package(
    name: "editing",
    dependencies: [.package(name: "swift-crond", path: "../../..")],
    targets: [.executableTarget(name: "edit", dependencies: [.product(name: "Crontabs", package: "swift-crond")])])
