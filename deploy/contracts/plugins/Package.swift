// swift-tools-version: 6.2
import PackageDescription

// Exact versions on purpose: the committed code must come out byte for byte the same on every machine, and the
// manifest beside that code names these two versions. Raise them together with the root package.

let package = Package(
    name: "contract-plugins",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", exact: "2.4.1"),
    ],
    targets: [
        // The package manager builds a plugin of another package only when something here depends on it.
        .executableTarget(
            name: "ContractPlugins",
            dependencies: [
                .product(name: "protoc-gen-swift", package: "swift-protobuf"),
                .product(name: "protoc-gen-grpc-swift-2", package: "grpc-swift-protobuf"),
            ],
            path: "Sources/ContractPlugins")
    ],
    swiftLanguageModes: [.v6]
)
