import Foundation
import Kafka
import Logging
import Messaging
import Postgres

/// Relays or applies the events of one schema until it is stopped or a crash point ends it.
///
/// `MessagingCrashRun relay|inbox <database url> <bootstrap servers> <schema> <topic service> <topic aggregate>`
@main
struct Main {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 7 else { throw Usage() }
        let logger = Logger(label: "crash-run")
        let database = Database(
            configuration: try PostgresConfiguration(url: arguments[2]), pool: PoolConfiguration(), logger: logger)
        var kafka = KafkaConfiguration(bootstrapServers: arguments[3], clientID: "crash-run")
        kafka.overrides = KafkaConfiguration.developmentOverrides
        let schema = arguments[4]
        switch arguments[1] {
        case "relay":
            try await Relay(schema: schema, service: schema, database: database, kafka: kafka, logger: logger).run()
        case "inbox":
            var subscription = Subscription(.events(arguments[5], arguments[6]))
            subscription.on(type: "test.Counted") { event, transaction in
                crashPoint("test.inHandler")
                _ = try transaction.execute(
                    """
                    INSERT INTO \(unescaped: schema).effect (key, seq, payload)
                    VALUES (\(event.key), \(event.seq), \(event.payload))
                    """)
            }
            var settings = Inbox.Settings()
            settings.sessionTimeout = .seconds(6)
            try await Inbox(
                schema: schema, group: "ztc.\(schema)", database: database, kafka: kafka,
                subscriptions: [subscription], outbox: Outbox(schema: schema, wake: {}), settings: settings,
                logger: logger
            ).run()
        default: throw Usage()
        }
    }

    struct Usage: Error {}
}
