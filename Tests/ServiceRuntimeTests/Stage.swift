import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import GRPCProtobuf
import Logging
import Postgres
import SwiftProtobuf
import TestSupport

@testable import ServiceRuntime

/// The probe service on a database of its own, started as in production, and a client for it.
final class Stage: Sendable {
    let handle: ServiceHandle
    let identity: Identity
    let admin: PostgresConfiguration
    let client: GRPCClient<HTTP2ClientTransport.Posix>

    /// One stage for all tests of the process, without a broker: services start in any order (XCT-8).
    static let shared = Task { () throws -> Stage in
        let stage = try await Stage(kafka: "127.0.0.1:1")
        try stage.identity.apply(to: stage.handle.runtime.trust)
        await stage.handle.waitUntilServing()
        return stage
    }

    init(
        kafka: String, database: PostgresConfiguration? = nil, extra: [String: String] = [:],
        security: HTTP2ClientTransport.Posix.TransportSecurity = .plaintext
    ) async throws {
        let identity = try Identity()
        let admin: PostgresConfiguration
        if let database { admin = database } else { admin = try await Self.makeDatabase() }
        var environment = Self.environment(admin, identity)
        environment["KAFKA_BOOTSTRAP_SERVERS"] = kafka
        environment.merge(extra) { $1 }
        let configuration = try ServiceConfiguration(ProbeApp.definition, environment: environment)
        var logger = Logger(label: "stage") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel =
            ProcessInfo.processInfo.environment["STAGE_LOG"].flatMap { Logger.Level(rawValue: $0) } ?? .error
        handle = try await ServiceHandle.start(ProbeApp.self, configuration, logger: logger)
        self.identity = identity
        self.admin = admin
        client = try Self.client(port: handle.grpcPort, security: security)
        Task { [client] in try await client.runConnections() }
    }

    /// A fresh database with the service's roles.
    static func makeDatabase() async throws -> PostgresConfiguration {
        let admin = try await PostgresCluster.shared().makeDatabase(prefix: "runtime")
        let database = Database(configuration: admin, logger: Logger(label: "stage"))
        try await Roles.bootstrap(admin: database, services: ["directory"]) { _ in "sample" }
        return admin
    }

    static func environment(_ admin: PostgresConfiguration, _ identity: Identity) -> [String: String] {
        func url(_ user: String) -> String {
            "postgresql://\(user):sample@\(admin.host):\(admin.port)/\(admin.database)?sslmode=disable"
        }
        return [
            "ZTC_DIRECTORY_DATABASE_URL": url(Roles.app(of: "directory")),
            "ZTC_DIRECTORY_MIGRATOR_URL": url(Roles.migrator(of: "directory")),
            "ZTC_ROOT_PUBLIC_KEY": identity.root.publicKey.rawRepresentation.base64EncodedString(),
            "ZTC_DIRECTORY_GRPC_PORT": "0", "ZTC_DIRECTORY_HTTP_PORT": "0", "ZTC_DEVELOPMENT": "true",
        ]
    }

    /// A client; over TLS it expects the service's name in the certificate.
    static func client(
        port: Int, security: HTTP2ClientTransport.Posix.TransportSecurity = .plaintext
    ) throws -> GRPCClient<HTTP2ClientTransport.Posix> {
        GRPCClient(
            transport: try .http2NIOPosix(
                target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: security,
                config: .defaults { $0.http2.authority = "directory" }))
    }

    /// Makes one call of the probe.
    func call(
        _ method: String, _ text: String = "", token: String? = nil, metadata: Metadata = [:],
        timeout: Duration? = .seconds(20), client: GRPCClient<HTTP2ClientTransport.Posix>? = nil
    ) async throws -> String {
        var metadata = metadata
        if let token { metadata.addString("Bearer \(token)", forKey: "authorization") }
        var options = CallOptions.defaults
        options.timeout = timeout
        return try await (client ?? self.client).unary(
            request: ClientRequest(message: Text(text), metadata: metadata),
            descriptor: MethodDescriptor(fullyQualifiedService: ProbeApp.service, method: method),
            serializer: ProtobufSerializer<Text>(), deserializer: ProtobufDeserializer<Text>(), options: options
        ) { try $0.message.value }
    }

    /// The refusal that a call ends with; nil when it succeeds.
    func refusal(
        _ method: String, _ text: String = "", token: String? = nil, metadata: Metadata = [:],
        timeout: Duration? = .seconds(20)
    ) async -> RPCError? {
        do {
            _ = try await call(method, text, token: token, metadata: metadata, timeout: timeout)
            return nil
        } catch {
            return error as? RPCError
        }
    }

    /// Reads the service's tables as the administrator.
    func rows<Value: PostgresDecodable & Sendable>(_ sql: SQL, _ column: String, as: Value.Type) async throws -> [Value]
    {
        let database = Database(configuration: admin, logger: Logger(label: "stage"))
        return try await database.transaction { transaction in
            try transaction.query(sql) { try $0.get(column, as: Value.self) }
        }
    }
}
