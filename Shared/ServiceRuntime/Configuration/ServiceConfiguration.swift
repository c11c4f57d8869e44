import Foundation
import Kafka
import Logging
import Messaging
import Postgres

/// The checked settings of one service (XCT-14). Secrets never show in descriptions or dumps.
public struct ServiceConfiguration: Sendable {
    /// Files for encryption of the gRPC server and of calls to other services.
    public struct TLS: Sendable {
        /// Certificate chain and key of the server; nil serves in plaintext.
        public let server: (certificate: String, key: String)?
        /// Authorities of client certificates; when set every client has to present one.
        public let clientAuthorities: String?
        /// Authorities of the other services' certificates; nil calls in plaintext.
        public let peerAuthorities: String?
    }

    /// Name of the service, e.g. "policy".
    public let name: String
    /// Address on which calls are served.
    public let grpcHost: String
    /// Port for calls; 0 takes a free one.
    public let grpcPort: Int
    /// Port for metrics and probes; 0 takes a free one.
    public let httpPort: Int
    /// Calls that one connection may have open at a time.
    public let streamsPerConnection: Int
    /// Calls handled at a time over all connections.
    public let concurrentCalls: Int
    /// PostgreSQL as the service's own role.
    public let database: PostgresConfiguration
    /// Connections of the pool, over all shares.
    public let databaseConnections: Int
    /// PostgreSQL as the migrator's role; nil when the running service must not migrate.
    public let migrator: PostgresConfiguration?
    /// The broker.
    public let kafka: KafkaConfiguration
    /// Ed25519 key under which every key set must be signed, 32 bytes.
    public let rootPublicKey: [UInt8]
    /// Encryption of calls.
    public let tls: TLS
    /// Secret with which the service gets its own token; nil when it calls nobody.
    public let serviceSecret: String?
    /// Whether the development calls are served.
    public let developmentMode: Bool
    /// Least level that is logged.
    public let logLevel: Logger.Level
    /// Longest time from the signal to stop to the end of the process.
    public let stopTime: Duration
    /// Deadline of calls to other services that have none of their own.
    public let callTime: Duration
    /// How many messages may be parked before a partition pauses.
    public let parkingLimits: ParkingLimits
    /// Days that published events stay in the journal.
    public let journalDays: Int
    /// Days that the inbox remembers messages.
    public let inboxDays: Int
    /// Settings in the file that nothing reads; logged at start, since they are usually misspelt.
    public let unknownKeys: [String]

    private let reading: ConfigurationReading
    private let keys: [ConfigurationKey]

    /// Reads and checks the settings of a service.
    ///
    /// - Parameter environment: variables of the process; `ZTC_<SERVICE>_CONFIG` names the JSON file.
    /// - Throws: ``ConfigurationError`` with every problem found.
    public init(_ definition: ServiceDefinition, environment: [String: String]) throws {
        let keys =
            ConfigurationKeys.all(service: definition.name, defaultPort: definition.defaultPort) + definition.settings
        let source = try ConfigurationSource(service: definition.name, environment: environment)
        var reading = ConfigurationReading(source: source, keys: keys)
        let tls = TLS(
            server: Self.pair(reading.text("tls.certificate"), reading.text("tls.key")),
            clientAuthorities: reading.text("tls.client.ca"), peerAuthorities: reading.text("tls.peer.ca"))
        if tls.server == nil, reading.text("tls.certificate") != nil || reading.text("tls.key") != nil {
            reading.refuse("tls.certificate", "certificate and key go together")
        }
        if tls.server == nil, tls.clientAuthorities != nil {
            reading.refuse("tls.client.ca", "needs tls.certificate and tls.key")
        }
        let sasl = Self.sasl(reading)
        if sasl == nil, reading.text("kafka.sasl.mechanism") != nil {
            reading.refuse("kafka.sasl.mechanism", "needs kafka.sasl.username and kafka.sasl.password")
        }
        let database = Self.database(reading, "database", definition.name)
        guard reading.problems.isEmpty, let database else { throw ConfigurationError(problems: reading.problems) }

        name = definition.name
        grpcHost = reading.text("grpc.host") ?? "127.0.0.1"
        grpcPort = reading.integer("grpc.port")
        httpPort = reading.integer("http.port")
        streamsPerConnection = reading.integer("grpc.streams")
        concurrentCalls = reading.integer("grpc.calls")
        self.database = database
        databaseConnections = reading.integer("database.connections")
        migrator = Self.database(reading, "migrator", definition.name + "-migrator")
        var kafka = KafkaConfiguration(
            bootstrapServers: reading.text("kafka.bootstrap.servers") ?? "", clientID: "ztc-\(definition.name)")
        if reading.flag("kafka.tls") {
            kafka.tls = KafkaTLS(
                caFile: reading.text("kafka.tls.ca"), certificateFile: reading.text("kafka.tls.certificate"),
                keyFile: reading.text("kafka.tls.key"))
        }
        kafka.sasl = sasl
        if reading.flag("kafka.development") { kafka.overrides = KafkaConfiguration.developmentOverrides }
        self.kafka = kafka
        rootPublicKey = [UInt8](Data(base64Encoded: reading.text("root.public.key") ?? "") ?? Data())
        self.tls = tls
        serviceSecret = reading.text("service.secret")
        developmentMode = reading.flag("development")
        logLevel = Logger.Level(rawValue: reading.text("log.level") ?? "info") ?? .info
        stopTime = .seconds(reading.integer("stop.seconds"))
        callTime = .seconds(reading.integer("call.seconds"))
        parkingLimits = ParkingLimits(
            perKey: reading.integer("inbox.parked.key"), inAll: reading.integer("inbox.parked.all"))
        journalDays = reading.integer("journal.retention.days")
        inboxDays = reading.integer("inbox.retention.days")
        unknownKeys = reading.unknownKeys()
        self.reading = reading
        self.keys = keys
    }

    /// The value of any key of the tree, the service's own included; nil when it is neither set nor has a standard.
    public func string(_ key: String) -> String? { reading.text(key) }

    /// The number of a key; nil when it is not set or no number.
    public func integer(_ key: String) -> Int? { reading.text(key).flatMap { Int($0) } }

    /// Whether a key is set to `true`.
    public func flag(_ key: String) -> Bool { reading.flag(key) }

    private static func pair(_ certificate: String?, _ key: String?) -> (certificate: String, key: String)? {
        guard let certificate, let key else { return nil }
        return (certificate, key)
    }

    private static func database(
        _ reading: ConfigurationReading, _ prefix: String, _ applicationName: String
    ) -> PostgresConfiguration? {
        // A URL that cannot be read has been reported by the check of its key.
        guard let url = reading.text("\(prefix).url"), let parsed = try? PostgresConfiguration(url: url) else {
            return nil
        }
        return parsed.with(
            password: parsed.password ?? reading.text("\(prefix).password"), applicationName: "ztc-\(applicationName)")
    }

    private static func sasl(_ reading: ConfigurationReading) -> KafkaSASL? {
        guard let mechanism = reading.text("kafka.sasl.mechanism").flatMap(KafkaSASL.Mechanism.init(rawValue:)),
            let username = reading.text("kafka.sasl.username"), let password = reading.text("kafka.sasl.password")
        else { return nil }
        return KafkaSASL(mechanism: mechanism, username: username, password: password)
    }
}

extension ServiceConfiguration: CustomStringConvertible, CustomReflectable {
    /// Every key with its value, one a line, secrets masked: what `check-config` prints.
    public var description: String {
        keys.map { key in
            let value = reading.text(key.name)
            let shown = key.isSecret ? value.map { _ in "***" } : value
            return "\(key.name) = \(shown ?? "(unset)")"
        }.joined(separator: "\n")
    }

    /// Dumping the value shows the masked form too.
    public var customMirror: Mirror { Mirror(self, children: ["settings": description]) }
}
