import Kafka
import Logging
import Metrics
import Postgres

/// Reads the topics of one service's group and applies every event once (XCT-6; RELIABILITY rules 7 to 10).
///
/// The database holds the offsets: they move in the transaction that holds the effect. What Kafka is told is for tools
/// that show lag. Messages are taken by asking, so a slow handler is its own backpressure.
public final class Inbox: Sendable {
    /// How often an unforeseen failure of a handler is tried before its message becomes a dead letter.
    static let attemptLimit = 5

    /// How an inbox works; the defaults are those of production.
    public struct Settings: Sendable {
        /// Messages asked for at once, and so the most in one transaction.
        public var batchSize = 500
        /// How long one question to the broker waits for messages.
        public var pollTime: Duration = .milliseconds(250)
        /// How often Kafka is told the offsets.
        public var commitInterval: Duration = .seconds(1)
        /// How often it is checked that the broker is still the same cluster.
        public var clusterInterval: Duration = .seconds(10)
        /// How often it is looked whether a partition with a gap has been repaired.
        public var gapInterval: Duration = .seconds(30)
        /// How many messages may be parked; beyond it a partition pauses.
        public var parking = ParkingLimits()
        /// How often it is tried whether a partition paused for lack of room can go on.
        public var parkingInterval: Duration = .seconds(10)
        /// After this time without a sign of life the group gives the partitions to others.
        public var sessionTimeout: Duration = .seconds(45)

        /// The defaults.
        public init() {}
    }

    let schema: String
    let group: String
    let database: Database
    let kafka: KafkaConfiguration
    let subscriptions: [String: Subscription]
    let outbox: Outbox
    let settings: Settings
    let logger: Logger
    let applied: Counter
    /// Partitions that this process does not read on because too much is parked.
    let pausedPartitions: Meter

    /// Makes the inbox of one service; it works while ``run()`` runs.
    ///
    /// - Parameter group: the consumer group, `ztc.<service>`.
    public init(
        schema: String, group: String, database: Database, kafka: KafkaConfiguration, subscriptions: [Subscription],
        outbox: Outbox, settings: Settings = Settings(), logger: Logger
    ) {
        self.schema = schema
        self.group = group
        self.database = database
        self.kafka = kafka
        self.subscriptions = Dictionary(uniqueKeysWithValues: subscriptions.map { ($0.topic.name, $0) })
        self.outbox = outbox
        self.settings = settings
        self.logger = logger
        applied = Counter(label: "ztc_inbox_applied_total")
        pausedPartitions = Meter(label: "ztc_inbox_paused_partitions")
        pausedPartitions.set(0)
    }

    /// Reads and applies until the task is cancelled; the batch in hand is finished first.
    public func run() async throws {
        guard !subscriptions.isEmpty else { return await waitForCancellation() }
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                let consumer = try KafkaConsumer(
                    configuration: kafka, group: group, sessionTimeout: settings.sessionTimeout, logger: logger)
                var session = InboxSession(inbox: self, consumer: consumer)
                do {
                    try await session.run()
                } catch {
                    await consumer.close()
                    throw error
                }
                await consumer.close()
                backoff.reset()
            } catch is CancellationError {
                break
            } catch is InboxBatch.Fenced {
                logger.notice("another consumer owns a partition; joining the group anew")
                await backoff.wait()
            } catch {
                logger.warning("inbox stopped; it starts again", metadata: ["error": "\(error)"])
                await backoff.wait()
            }
        }
    }

    private func waitForCancellation() async {
        while !Task.isCancelled {
            // Cancellation ends the sleep early, which is all that its error says.
            try? await Task.sleep(for: .seconds(3_600))
        }
    }
}
