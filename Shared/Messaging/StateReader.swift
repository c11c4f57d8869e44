import Kafka
import Logging
import Synchronization

/// Keeps a picture of compacted topics in memory: reads each to its end, then follows it (XCT-7).
///
/// It belongs to no group and stores no offsets: a restart reads everything again. What was read stays when the broker
/// goes away or comes back empty.
public final class StateReader: Sendable {
    /// Takes one state; a tombstone has ``IncomingEvent/isTombstone``. Called in order per key, from one task.
    public typealias Handler = @Sendable (IncomingEvent) -> Void

    private let kafka: KafkaConfiguration
    private let handlers: [String: Handler]
    private let logger: Logger
    private let whenCaughtUp: @Sendable () -> Void
    private let caughtUp = Mutex(false)
    /// The newest sequence number taken of each key, by topic: a refilled broker brings back history, which is no news.
    /// The same number again is: a seed may tell more of the same state.
    private let newest = Mutex<[String: [String: Int64]]>([:])

    /// A reader of the given topics; it works while ``run()`` runs.
    ///
    /// - Parameter whenCaughtUp: called once, when every topic was read to the end that it had when reading began.
    public init(
        kafka: KafkaConfiguration, topics: [Topic: Handler], logger: Logger,
        whenCaughtUp: @escaping @Sendable () -> Void = {}
    ) {
        self.whenCaughtUp = whenCaughtUp
        self.kafka = kafka
        handlers = Dictionary(uniqueKeysWithValues: topics.map { ($0.key.name, $0.value) })
        self.logger = logger
    }

    /// True once every topic was read to the end that it had when reading began.
    public var isCaughtUp: Bool { caughtUp.withLock { $0 } }

    /// Reads until the task is cancelled.
    public func run() async throws {
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                let consumer = try KafkaConsumer.standalone(configuration: kafka, logger: logger)
                do {
                    try await follow(consumer)
                } catch {
                    await consumer.close()
                    throw error
                }
                await consumer.close()
            } catch is CancellationError {
                break
            } catch {
                logger.warning("states cannot be read; trying again", metadata: ["error": "\(error)"])
                await backoff.wait()
            }
        }
    }

    private func follow(_ consumer: KafkaConsumer) async throws {
        var unread: Set<TopicPartition> = []
        var starts: [PartitionStart] = []
        for topic in handlers.keys.sorted() {
            for partition in try await consumer.partitions(of: topic) {
                starts.append(PartitionStart(partition, .beginning))
                unread.insert(partition)
            }
        }
        try await consumer.assign(starts)
        let admin = KafkaAdmin(configuration: kafka)
        let cluster = try await admin.clusterID()
        var lastCheck = ContinuousClock.now
        while !Task.isCancelled {
            for event in await consumer.poll(max: 1_000, timeout: .milliseconds(250)) {
                switch event {
                case .message(let message): take(message)
                case .partitionEnd(let partition): unread.remove(partition)
                case .offsetOutOfRange(let partition):
                    try await consumer.seek([PartitionStart(partition, .beginning)])
                case .assigned, .revoked, .lost: break
                case .error(let error):
                    if error.isFatal || error == .closed { throw error }
                    logger.debug("the broker reports an error", metadata: ["error": "\(error)"])
                }
            }
            if unread.isEmpty { noteCaughtUp() }
            if ContinuousClock.now - lastCheck > .seconds(10) {
                lastCheck = .now
                if let now = try? await admin.clusterID(), now != cluster { return }
            }
        }
    }

    private func noteCaughtUp() {
        let isNews = caughtUp.withLock { caughtUp in
            defer { caughtUp = true }
            return !caughtUp
        }
        if isNews { whenCaughtUp() }
    }

    private func take(_ message: KafkaMessage) {
        do {
            let event = try IncomingEvent(message)
            let isNews = newest.withLock { newest in
                guard event.seq >= newest[event.topic]?[event.key] ?? 0 else { return false }
                newest[event.topic, default: [:]][event.key] = event.seq
                return true
            }
            if isNews { handlers[event.topic]?(event) }
        } catch {
            logger.error(
                "a state does not follow the envelope",
                metadata: ["topic": "\(message.topic)", "offset": "\(message.offset)", "error": "\(error)"])
        }
    }
}
