import Foundation
import Kafka
import Logging
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Messaging

let quiet: Logger = {
    var logger = Logger(label: "messaging.tests")
    logger.logLevel = ProcessInfo.processInfo.environment["MESSAGING_TESTS_VERBOSE"] == nil ? .critical : .debug
    return logger
}()

/// A schema with the tables of messaging, a broker with its topics, and the login of the running service.
struct Bench: Sendable {
    static let schema = "sample"
    static let topic = Topic.events("sample", "thing")
    static let group = "ztc.sample"

    let admin: Database
    let database: Database
    let broker: DevelopmentBroker
    let outbox: Outbox

    static let states = Topic.state("sample", "thing")

    static func make() async throws -> Bench {
        let configuration = try await PostgresCluster.shared().makeDatabase(prefix: "messaging")
        let admin = Database(configuration: configuration, pool: PoolConfiguration(), logger: quiet)
        try await Roles.bootstrap(admin: admin, services: [schema], passwords: { _ in "sample" })
        for (component, migrations) in [
            ("messaging", MessagingSchema.migrations(schema: schema)),
            ("eventlog", EventLogSchema.migrations(schema: schema)),
            ("deadletters", DeadLetterSchema.migrations(schema: schema)),
            ("retention", RetentionSchema.migrations(schema: schema)),
        ] {
            try await Migrator(
                schema: schema, owner: Roles.owner(of: schema), component: component, migrations: migrations
            ).run(on: configuration.with(user: Roles.migrator(of: schema), password: "sample"), logger: quiet)
        }
        try await admin.transaction { transaction in
            _ = try transaction.execute(
                """
                CREATE TABLE sample.effect (
                    place bigint GENERATED ALWAYS AS IDENTITY, key text NOT NULL, seq bigint NOT NULL, payload bytea)
                """)
            _ = try transaction.execute("GRANT SELECT, INSERT ON sample.effect TO ztc_sample_app")
        }
        var pool = PoolConfiguration()
        pool.sizes[.calls] = 24
        let database = Database(
            configuration: configuration.with(user: Roles.app(of: schema), password: "sample"), pool: pool,
            logger: quiet)
        let broker = try await DevelopmentBroker.start(
            topics: [
                (topic.name, Topic.partitions), (topic.deadLetters(of: group).name, 12),
                (states.name, Topic.partitions),
            ])
        return Bench(
            admin: admin, database: database, broker: broker, outbox: Outbox(schema: schema, wake: {}))
    }

    var kafka: KafkaConfiguration { broker.configuration() }

    func relay(
        _ name: String = "relay", settings: Relay.Settings = fastRelay, logger: Logger = quiet
    ) -> Relay {
        var kafka = kafka
        kafka.clientID = name
        return Relay(
            schema: Self.schema, service: Self.schema, database: database, kafka: kafka, settings: settings,
            logger: logger)
    }

    static var fastRelay: Relay.Settings {
        // The time to acknowledge stays long: what a stalled machine acknowledges too late is published a second time.
        var settings = Relay.Settings()
        settings.pollInterval = .milliseconds(100)
        settings.netInterval = .seconds(2)
        settings.clusterInterval = .seconds(1)
        return settings
    }

    func event(_ key: String, _ seq: Int64, type: String = "test.Counted") -> OutgoingEvent {
        OutgoingEvent(
            topic: Self.topic, type: type, key: key, seq: seq, time: .now, payload: Array("\(key)/\(seq)".utf8))
    }

    /// Commits one event.
    func commit(_ event: OutgoingEvent) async throws {
        try await database.transaction { try outbox.append(event, in: $0) }
    }

    /// An inbox that writes every event into the table of effects and refuses those whose key says so.
    func inbox(gapInterval: Duration = .seconds(30)) -> Inbox {
        var subscription = Subscription(Self.topic)
        subscription.on(type: "test.Counted") { event, transaction in
            if event.payload == Array("garbage".utf8) { throw UndecodableEvent("garbage") }
            if event.key == "rejected" { throw EventRejection("the domain refuses it") }
            _ = try transaction.execute(
                """
                INSERT INTO sample.effect (key, seq, payload) VALUES (\(event.key), \(event.seq), \(event.payload))
                """)
        }
        return inbox([subscription], gapInterval: gapInterval)
    }

    func inbox(_ subscriptions: [Subscription], gapInterval: Duration = .seconds(30)) -> Inbox {
        var settings = Inbox.Settings()
        settings.gapInterval = gapInterval
        settings.sessionTimeout = .seconds(6)
        settings.clusterInterval = .seconds(1)
        return Inbox(
            schema: Self.schema, group: Self.group, database: database, kafka: kafka, subscriptions: subscriptions,
            outbox: outbox, settings: settings, logger: quiet)
    }

    var repair: PartitionRepair {
        PartitionRepair(schema: Self.schema, group: Self.group, database: database, kafka: kafka, logger: quiet)
    }

    /// The effects in the order in which they came, as `key/seq`.
    func effects() async throws -> [String] {
        try await database.transaction { transaction in
            try transaction.query("SELECT key, seq FROM sample.effect ORDER BY place").map {
                "\(try $0.get("key", as: String.self))/\(try $0.get("seq", as: Int64.self))"
            }
        }
    }

    func number(_ sql: SQL) async throws -> Int64 {
        try await admin.transaction { try $0.only("SELECT (\(sql))::bigint AS number").get("number") }
    }

    func pending() async throws -> Int64 { try await number("SELECT count(*) FROM sample.pending") }

    /// Everything that the topic holds now, in the order of each partition.
    func published(_ topic: Topic = Bench.topic) async throws -> [KafkaMessage] {
        let consumer = try KafkaConsumer.standalone(configuration: kafka, logger: quiet)
        let partitions = try await consumer.partitions(of: topic.name)
        try await consumer.assign(partitions.map { PartitionStart($0, .beginning) })
        var open = Set(partitions)
        var messages: [KafkaMessage] = []
        while !open.isEmpty {
            for event in await consumer.poll(timeout: .seconds(1)) {
                switch event {
                case .message(let message): messages.append(message)
                case .partitionEnd(let partition): open.remove(partition)
                case .assigned, .revoked, .lost: break
                case .offsetOutOfRange, .error: Issue.record("reading failed: \(event)")
                }
            }
        }
        await consumer.close()
        return messages
    }

    func produce(_ message: KafkaRecord) async throws {
        let producer = try KafkaProducer(configuration: kafka, messageTimeout: .seconds(30), logger: quiet)
        _ = try await producer.send(message)
        await producer.close()
    }
}

/// Runs something beside the body and stops it, cleanly, when the body is done.
@discardableResult
func alongside<T: Sendable>(
    _ work: [@Sendable () async throws -> Void], _ body: () async throws -> T
) async throws -> T {
    let tasks = work.map { work in Task { try await work() } }
    let result: Result<T, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    for task in tasks { task.cancel() }
    for task in tasks { try await task.value }
    return try result.get()
}

/// A message as the relay would have published it.
func record(
    _ key: String, _ seq: Int64, id: String = UUIDv7.make(), type: String = "test.Counted", payload: String? = nil,
    recorded: Instant = .now
) -> KafkaRecord {
    KafkaRecord(
        topic: Bench.topic.name, key: Array(key.utf8), value: Array((payload ?? "\(key)/\(seq)").utf8),
        headers: [
            KafkaHeader("ce_specversion", "1.0"), KafkaHeader("ce_id", id), KafkaHeader("ce_source", "/test"),
            KafkaHeader("ce_type", type), KafkaHeader("ce_time", Instant.now.description),
            KafkaHeader("ce_partitionkey", key), KafkaHeader("ce_aggregateseq", EnvelopeWriter.padded(seq)),
            KafkaHeader("ce_recordedtime", recorded.description),
        ])
}
