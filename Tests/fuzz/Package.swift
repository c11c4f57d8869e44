// swift-tools-version: 6.2
import Foundation
import PackageDescription

// A package of its own: everything in it is compiled with the fuzzer's instrumentation, and nothing of it belongs to
// the product. The sources are those of the product, by symbolic links.

let instrumented: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .unsafeFlags(["-sanitize=fuzzer"]),
]
let swiftProtobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

func module(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Modules/\(name)", exclude: exclude, swiftSettings: instrumented)
}

// The messages without the calls, which would bring gRPC.
let calls = try FileManager.default.contentsOfDirectory(
    atPath: "\(Context.packageDirectory)/Modules/CommonContracts"
).filter { $0.hasSuffix(".grpc.swift") }

let package = Package(
    name: "fuzz",
    dependencies: [.package(url: "https://github.com/apple/swift-protobuf", from: "1.38.0", traits: [])],
    targets: [
        module("Domain"),
        module("CommonContracts", [swiftProtobuf], exclude: calls),
        module("Wire", ["Domain", "CommonContracts", swiftProtobuf]),
        module("EnterpriseDomain", ["Domain"]),
        module("NotificationDomain", ["Domain"]),
        module("PolicyDomain", ["Domain"]),
        .target(name: "Paging", path: "Paging", swiftSettings: instrumented),
        .target(name: "CFuzzer", path: "CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzzer", "Domain", "CommonContracts", "Wire", "EnterpriseDomain", "NotificationDomain",
                "PolicyDomain", "Paging", swiftProtobuf,
            ],
            path: "Fuzz", swiftSettings: instrumented,
            // Debian's gold trips over the instrumented code.
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]),
    ],
    swiftLanguageModes: [.v6]
)
