import Crypto
import DirectoryContracts
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import Kafka
import Logging
import Messaging
import Postgres
import ServiceRuntime
import SwiftProtobuf
import TestSupport

/// Everything that one service needs to run in a test, and what its clients and neighbours would do.
///
/// The service is built by its production code over real PostgreSQL and the development broker. The directory is
/// replaced by what other services see of it: the signed key set, roles, accounts and units on its compacted topics.
public final class ServiceBench<App: ServiceApp>: Sendable {
    /// Administrative login to the service's database.
    public let administration: Database
    /// The broker.
    public let broker: DevelopmentBroker
    /// Keys, units and roles as the directory would publish them.
    public let directory: BenchDirectory

    private let configuration: ServiceConfiguration
    private let logger: Logger

    /// Makes database, roles, topics and directory states; no service runs yet.
    ///
    /// - Parameters:
    ///   - directory: keys, roles and units.
    ///   - topics: topics of other services that the service reads.
    ///   - environment: further settings, e.g. `["ZTC_ENTERPRISE_DATA_KEY": …]`.
    ///   - brokerSecurity: TLS and logins before the broker; the service's own settings for them belong to `environment`.
    public static func make(
        _ app: App.Type = App.self, directory: BenchDirectory = BenchDirectory(), topics: [Topic] = [],
        environment: [String: String] = [:], brokerSecurity: BrokerSecurity? = nil
    ) async throws -> ServiceBench {
        let name = App.definition.name
        let logger = Logger.bench(name)
        let administrative = try await PostgresCluster.shared().makeDatabase(prefix: name)
        let administration = Database(configuration: administrative, pool: PoolConfiguration(), logger: logger)
        try await Roles.bootstrap(admin: administration, services: [name], passwords: { "password-of-\($0)" })
        let all = Set(App.definition.topics + topics + BenchDirectory.topics)
        let letters = topics.map { $0.deadLetters(of: "ztc.\(name)") }
        let broker = try await DevelopmentBroker.start(
            topics: (all + letters).map { ($0.name, Topic.partitions) }, security: brokerSecurity)
        func url(_ role: String) -> String {
            "postgresql://\(role):password-of-\(role)@\(administrative.host):\(administrative.port)/\(administrative.database)"
        }
        let prefix = "ZTC_\(name.uppercased())"
        let settings = [
            "\(prefix)_GRPC_PORT": "0", "\(prefix)_HTTP_PORT": "0", "\(prefix)_DATABASE_URL": url(Roles.app(of: name)),
            "\(prefix)_MIGRATOR_URL": url(Roles.migrator(of: name)), "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrapServers,
            "ZTC_ROOT_PUBLIC_KEY": directory.rootPublicKey, "ZTC_DEVELOPMENT": broker.isExternal ? "false" : "true",
        ]
        let bench = ServiceBench(
            administration: administration, broker: broker, directory: directory,
            configuration: try ServiceConfiguration(
                App.definition, environment: settings.merging(environment) { _, own in own }), logger: logger)
        try await bench.publishDirectory()
        return bench
    }

    private init(
        administration: Database, broker: DevelopmentBroker, directory: BenchDirectory,
        configuration: ServiceConfiguration, logger: Logger
    ) {
        self.administration = administration
        self.broker = broker
        self.directory = directory
        self.configuration = configuration
        self.logger = logger
    }

    /// Starts one replica and returns when it serves.
    public func start() async throws -> ServiceHandle {
        let handle = try await ServiceHandle.start(App.self, configuration, logger: logger)
        let trust = handle.runtime.trust
        try await eventually(within: .seconds(60)) {
            handle.isServing && trust.isLoaded
                && directory.roles.allSatisfy { $0.permissions.isEmpty || !trust.permissions(of: [$0.roleID]).isEmpty }
                && directory.units.allSatisfy { trust.region(of: $0.unitID) != nil }
        } is: {
            $0
        }
        return handle
    }

    /// Runs one replica around a body that gets a client of it, and stops it cleanly.
    @discardableResult
    public func run<T: Sendable>(
        _ body: (ServiceHandle, GRPCClient<HTTP2ClientTransport.Posix>) async throws -> T
    ) async throws -> T {
        let handle = try await start()
        let result: Result<T, any Error>
        do {
            result = .success(try await withClient(of: handle) { try await body(handle, $0) })
        } catch {
            result = .failure(error)
        }
        try await handle.stop()
        return try result.get()
    }

    /// A client of a replica for the length of a body.
    public func withClient<T: Sendable>(
        of handle: ServiceHandle, _ body: (GRPCClient<HTTP2ClientTransport.Posix>) async throws -> T
    ) async throws -> T {
        let client = GRPCClient(
            transport: try HTTP2ClientTransport.Posix(
                target: .ipv4(address: "127.0.0.1", port: handle.grpcPort), transportSecurity: .plaintext))
        let connections = Task { try await client.runConnections() }
        let result: Result<T, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        client.beginGracefulShutdown()
        try await connections.value
        return try result.get()
    }

    /// Metadata of a call with a token.
    public func metadata(_ claims: TokenClaims, language: String = "zh-CN") async throws -> Metadata {
        [
            "authorization": "Bearer \(try await directory.token(claims))", "accept-language": "\(language)",
        ]
    }

    /// Options of a call: every call has a deadline.
    public var options: CallOptions { .ofTests }

    /// Publishes a message as its owner would.
    ///
    /// - Parameter id: the event's identifier; give one to publish the same event twice.
    public func publish<M: Message>(
        _ message: M, topic: Topic, key: String, seq: Int64, id: String = UUIDv7.make(), type: String? = nil
    ) async throws {
        let payload: [UInt8] = try message.serializedBytes()
        try await publish(bytes: payload, topic: topic, key: key, seq: seq, id: id, type: type ?? M.protoMessageName)
    }

    /// Publishes bytes under a type, for messages that are not what they say.
    public func publish(
        bytes: [UInt8], topic: Topic, key: String, seq: Int64, id: String = UUIDv7.make(), type: String
    ) async throws {
        try await broker.publish(bytes: bytes, topic: topic, key: key, seq: seq, id: id, type: type)
    }

    /// Everything that a topic holds now, in the order of each partition.
    public func published(_ topic: Topic) async throws -> [IncomingEvent] { try await broker.events(on: topic) }

    /// The payloads of one message type on a topic, in the order of each partition.
    public func published<M: Message>(_ type: M.Type, on topic: Topic) async throws -> [M] {
        try await published(topic).filter { $0.type == M.protoMessageName }.map { try M(serializedBytes: $0.payload) }
    }

    private func publishDirectory() async throws {
        try await publish(
            try directory.keySet(), topic: .state("directory", "keyset"), key: "keyset", seq: 1)
        for role in directory.roles {
            try await publish(
                Zhitongche_Directory_V1_RoleState.with { $0.role = role }, topic: .state("directory", "role"),
                key: role.roleID, seq: 1)
        }
        for unit in directory.units {
            try await publish(
                Zhitongche_Directory_V1_UnitState.with { $0.unit = unit }, topic: .state("directory", "unit"),
                key: unit.unitID, seq: 1)
        }
    }
}
