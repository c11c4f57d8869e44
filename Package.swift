// swift-tools-version: 6.2
import PackageDescription

// One helper per repeated target shape, so that a new service or shared module is one line below.

/// Settings of every target we write. Warnings are errors; generated code is exempt.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

let grpcCore = Target.Dependency.product(name: "GRPCCore", package: "grpc-swift-2")
let grpcHTTP2 = Target.Dependency.product(name: "GRPCNIOTransportHTTP2", package: "grpc-swift-nio-transport")
let grpcProtobuf = Target.Dependency.product(name: "GRPCProtobuf", package: "grpc-swift-protobuf")
let swiftProtobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let metricsTestKit = Target.Dependency.product(name: "MetricsTestKit", package: "swift-metrics")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let certificates = Target.Dependency.product(name: "X509", package: "swift-certificates")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let reloading = Target.Dependency.product(name: "NIOCertificateReloading", package: "swift-nio-extras")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")

/// A C library of the system, seen through a module map only.
func system(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
    .systemLibrary(name: name, path: "Shared/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// A shared module under `Shared/`.
func shared(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Shared/\(name)", swiftSettings: strict)
}

/// Generated protobuf and gRPC code of one contract package; nothing else lives there.
func contracts(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: "\(name)Contracts",
        dependencies: [swiftProtobuf, grpcCore, grpcProtobuf] + dependencies,
        path: "Shared/Contracts/\(name)")
}

/// The three targets of one service: pure rules, the service around them, and the executable's entry point.
func service(_ name: String, _ dependencies: [Target.Dependency] = []) -> [Target] {
    [
        .target(
            name: "\(name)Domain", dependencies: ["Domain"],
            path: "Services/\(name)/Domain", swiftSettings: strict),
        .target(
            name: "\(name)Service",
            dependencies: [
                .target(name: "\(name)Domain"), "Domain", "Wire", "Postgres", "Kafka", "Messaging", "ServiceRuntime",
                "CommonContracts", .target(name: "\(name)Contracts"), grpcCore, grpcProtobuf, swiftProtobuf, logging,
                metrics,
            ] + dependencies,
            path: "Services/\(name)/Service", swiftSettings: strict),
        .executableTarget(
            name: "\(name)Run", dependencies: [.target(name: "\(name)Service"), "ServiceRuntime"],
            path: "Services/\(name)/Run", swiftSettings: strict),
    ]
}

/// A test target; `ZTC_TESTS=Name,Name` in the environment builds only the named ones while working on a part.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> [Target] {
    if let only = Context.environment["ZTC_TESTS"], !only.split(separator: ",").contains(Substring(name)) { return [] }
    return [
        .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
    ]
}

func executable(_ name: String) -> Product { .executable(name: name.lowercased(), targets: ["\(name)Run"]) }

let services = ["Directory", "Policy", "Enterprise", "Project", "Notification", "Assessment", "Appeal"]

var targets: [Target] = [
    system("CLibpq", pkgConfig: "libpq", apt: "libpq-dev"),
    system("CLibrdkafka", pkgConfig: "rdkafka", apt: "librdkafka-dev"),
    system("CRoaring", apt: "libroaring-dev"),
    shared("Domain"),
    shared("Postgres", ["CLibpq", logging, metrics]),
    shared("Kafka", ["CLibrdkafka", logging, metrics]),
    contracts("Grpc"),
    contracts("Common"),
    contracts("Directory", ["CommonContracts"]),
    contracts("Policy", ["CommonContracts"]),
    contracts("Enterprise", ["CommonContracts"]),
    contracts("Notification", ["CommonContracts"]),
    contracts("Assessment", ["CommonContracts"]),
    contracts("Project", ["CommonContracts"]),
    contracts("Appeal", ["CommonContracts"]),
    shared("Wire", ["Domain", "CommonContracts", swiftProtobuf]),
    shared("Messaging", ["Postgres", "Kafka", logging, metrics]),
    shared(
        "ServiceRuntime",
        [
            "Domain", "Postgres", "Kafka", "Messaging", "GrpcContracts", "CommonContracts", "DirectoryContracts",
            grpcCore, grpcHTTP2, nioCore, nioHTTP2, nioHPACK,
            grpcProtobuf, swiftProtobuf, logging, metrics, tracing, lifecycle, unixSignals, crypto, jwt, hummingbird,
            httpClient, configuration, certificates, asn1, reloading,
        ]),
]

targets += service("Directory", [crypto, cryptoExtras, "NotificationContracts", "EnterpriseContracts"])
targets += service("Policy")
targets += service("Enterprise", ["CRoaring", "PolicyContracts", "DirectoryContracts", crypto])
targets += service("Project", ["AppealContracts"])
targets += service(
    "Notification",
    [
        "EnterpriseContracts", "PolicyContracts", "DirectoryContracts", "AppealContracts", "ProjectContracts",
        "AssessmentContracts", crypto, lifecycle,
    ])
targets += service("Appeal")
targets += service("Assessment", ["AppealContracts", "ProjectContracts", "PolicyContracts", crypto])

// The development stack and the operator's command line.
targets += [
    // The Kafka-protocol broker for development, from librdkafka's mock cluster.
    .executableTarget(
        name: "DevelopmentBroker", dependencies: ["CLibrdkafka"], path: "deploy/DevelopmentBroker",
        linkerSettings: [.linkedLibrary("dl"), .linkedLibrary("pthread")]),
    .executableTarget(
        name: "OperatorRun",
        dependencies: [
            "Domain", "Postgres", "Kafka", "Messaging", "ServiceRuntime", "Wire", "CommonContracts",
            "DirectoryContracts",
            "PolicyContracts", "EnterpriseContracts", "NotificationContracts", "AppealContracts", "ProjectContracts",
            "AssessmentContracts", "DirectoryService", "PolicyService",
            "EnterpriseService", "ProjectService", "NotificationService", "AssessmentService", "AppealService",
            grpcCore, grpcHTTP2, grpcProtobuf, swiftProtobuf, logging,
            arguments, crypto,
        ],
        path: "deploy/ztc", swiftSettings: strict),
    // The measuring end of deploy/bench; only its release build says anything.
    .executableTarget(
        name: "BenchmarkRun",
        dependencies: [
            "CLibrdkafka", "Postgres", "CommonContracts", "DirectoryContracts", "EnterpriseContracts",
            "AppealContracts", "AssessmentContracts", grpcCore, grpcHTTP2, grpcProtobuf, arguments,
        ],
        path: "Benchmarks/BenchmarkRun", swiftSettings: strict),
    .target(
        name: "TestSupport", dependencies: ["Postgres", "Kafka", logging, crypto, certificates, asn1],
        path: "Tests/TestSupport", swiftSettings: strict),
    .target(
        name: "ServiceTestSupport",
        dependencies: [
            "TestSupport", "Domain", "Postgres", "Kafka", "Messaging", "ServiceRuntime", "CommonContracts",
            "DirectoryContracts", grpcCore, grpcHTTP2, grpcProtobuf, swiftProtobuf, logging, crypto, jwt,
        ],
        path: "Tests/ServiceTestSupport", swiftSettings: strict),
]

targets += tests("DomainTests", ["Domain"])
targets += tests("WireTests", ["Wire", "Domain", "CommonContracts", swiftProtobuf])
targets += tests("PostgresTests", ["Postgres", "TestSupport", logging, metrics, metricsTestKit])
targets += tests("KafkaTests", ["Kafka", "TestSupport", "DevelopmentBroker", logging, metrics])
targets += tests(
    "MessagingTests",
    ["Messaging", "Postgres", "Kafka", "TestSupport", "DevelopmentBroker", "MessagingCrashRun", logging, crypto])
targets += [
    // A process that relays or applies events until a crash point ends it; the tests start it.
    .executableTarget(
        name: "MessagingCrashRun", dependencies: ["Messaging", "Postgres", "Kafka", logging],
        path: "Tests/MessagingCrashRun", swiftSettings: strict)
]
targets += tests(
    "ServiceRuntimeTests",
    [
        "ServiceRuntime", "ServiceTestSupport", "TestSupport", "DevelopmentBroker", "CommonContracts",
        "DirectoryContracts",
        "GrpcContracts", grpcCore, grpcHTTP2, grpcProtobuf, swiftProtobuf, logging, metrics, crypto, jwt, hummingbird,
        tracing, lifecycle, "Messaging", "Postgres",
    ])
targets += tests(
    "AccessTests",
    services.map { .target(name: "\($0)Service") } + [
        "Domain", "Postgres", "Kafka", "Messaging", "ServiceRuntime", "TestSupport", "ServiceTestSupport",
        "DevelopmentBroker", "CommonContracts", "DirectoryContracts", "PolicyContracts", "GrpcContracts", grpcCore,
        grpcHTTP2, grpcProtobuf, swiftProtobuf, logging, crypto,
    ])
for name in services {
    targets += tests("\(name)DomainTests", [.target(name: "\(name)Domain"), "Domain"])
    targets += tests(
        "\(name)ServiceTests",
        [
            .target(name: "\(name)Service"), .target(name: "\(name)Domain"), "Domain", "Wire", "Postgres", "Kafka",
            "Messaging", "ServiceRuntime", "TestSupport", "ServiceTestSupport", "DevelopmentBroker", "CommonContracts",
            "DirectoryContracts", "PolicyContracts", "EnterpriseContracts", "NotificationContracts", "AppealContracts",
            "ProjectContracts", "AssessmentContracts", grpcCore, grpcHTTP2, grpcProtobuf, swiftProtobuf, logging,
            crypto,
        ])
}

let package = Package(
    name: "zhitongche",
    platforms: [.macOS(.v15)],
    products: services.map(executable) + [
        .executable(name: "ztc", targets: ["OperatorRun"]),
        .executable(name: "devbroker", targets: ["DevelopmentBroker"]),
        .executable(name: "benchmark", targets: ["BenchmarkRun"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.38.0", traits: []),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.0"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.0"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.36.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
    ],
    targets: targets,
    swiftLanguageModes: [.v6]
)
