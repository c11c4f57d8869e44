import Kafka
import Logging
import Postgres

/// How a consumer group stands in one partition.
public struct PartitionStanding: Sendable, Hashable {
    /// The partition.
    public let partition: TopicPartition
    /// The offset that is read next; the database's, which is the truth.
    public let next: Int64
    /// The oldest offset that the broker has.
    public let low: Int64
    /// The offset that the next message will get.
    public let high: Int64
    /// Since when it is under repair; nil when it is not.
    public let repairingSince: Instant?
    /// Keys whose events wait for missing ones.
    public let waitingKeys: Int64
    /// Whether the broker lacks the next offset.
    public let hasGap: Bool
}

/// Why a partition cannot be repaired as asked.
public enum RepairRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The broker has what is read next, so nothing is to be repaired.
    case noGap
    /// Nobody resumed the partition.
    case notUnderRepair
    /// So many keys still wait for events that are missing.
    case keysWait(Int64)

    /// One line for the operator.
    public var description: String {
        switch self {
        case .noGap: "the broker has the next offset of the partition; there is nothing to repair"
        case .notUnderRepair: "the partition is not under repair"
        case .keysWait(let count): "\(count) keys of the partition still wait for events that are missing"
        }
    }
}

/// Repairs what a consumer group could not read because the broker forgot it (RELIABILITY rules 8 and 11).
///
/// A resumed partition is read from the oldest offset that the broker has, under repair: an event is applied only when
/// its predecessors were, also the first one of a key. Without that a key first seen in the middle would be taken for
/// one whose history is older than this service, and the events published again would be dropped as stale.
public struct PartitionRepair: Sendable {
    /// What the broker has of a partition.
    public struct Range: Sendable, Hashable {
        /// The oldest offset.
        public let low: Int64
        /// The offset that the next message will get.
        public let high: Int64

        /// Whether reading on at an offset would miss messages. Of a compacted topic the broker forgets by design.
        func hasGap(at next: Int64, of kind: Topic.Kind) -> Bool { next > high || (next < low && kind != .state) }
    }

    private let schema: String
    private let group: String
    private let database: Database
    private let kafka: KafkaConfiguration
    private let logger: Logger

    /// The repair of one service's group.
    public init(schema: String, group: String, database: Database, kafka: KafkaConfiguration, logger: Logger) {
        self.schema = schema
        self.group = group
        self.database = database
        self.kafka = kafka
        self.logger = logger
    }

    /// Asks the broker which cluster it is and what it has of the partitions.
    ///
    /// - Throws: `KafkaError` while it does not answer or a topic does not exist.
    public func ranges(
        of topics: [String], partition: Int32? = nil
    ) async throws -> (cluster: String, ranges: [TopicPartition: Range]) {
        let cluster = try await KafkaAdmin(configuration: kafka).clusterID()
        let consumer = try KafkaConsumer.standalone(configuration: kafka, logger: logger)
        do {
            var ranges: [TopicPartition: Range] = [:]
            for topic in topics {
                for found in try await consumer.partitions(of: topic, timeout: .seconds(5))
                where partition.map({ $0 == found.partition }) ?? true {
                    let marks = try await consumer.watermarks(found)
                    ranges[found] = Range(low: marks.low, high: marks.high)
                }
            }
            await consumer.close()
            return (cluster, ranges)
        } catch {
            await consumer.close()
            throw error
        }
    }

    /// How the group stands in partitions that it has read, by topic and partition.
    public func standing(
        of ranges: [TopicPartition: Range], topics: [Topic], cluster: String, in transaction: Transaction
    ) throws -> [PartitionStanding] {
        let kinds = Dictionary(topics.map { ($0.name, $0.kind) }) { first, _ in first }
        return try transaction.query(
            """
            SELECT topic, partition, next, repairing_since,
                (SELECT count(DISTINCT key) FROM \(unescaped: schema).parked_message AS message
                    JOIN \(unescaped: schema).parked_key USING (topic, key)
                    WHERE message.topic = consumer_offset.topic AND message.partition = consumer_offset.partition
                        AND cause = 'gap') AS waiting
            FROM \(unescaped: schema).consumer_offset
            WHERE cluster = \(cluster) AND consumer_group = \(group) ORDER BY topic, partition
            """
        ).compactMap { row in
            let partition = TopicPartition(try row.get("topic"), try row.get("partition"))
            guard let range = ranges[partition], let kind = kinds[partition.topic] else { return nil }
            let next: Int64 = try row.get("next")
            return PartitionStanding(
                partition: partition, next: next, low: range.low, high: range.high,
                repairingSince: try row.get("repairing_since"), waitingKeys: try row.get("waiting"),
                hasGap: range.hasGap(at: next, of: kind))
        }
    }

    /// Lets a partition with a gap be read on from the oldest offset that the broker has. What is applied already has no
    /// effect again. Whoever reads the partition takes it up within half a minute; one that was reading on without a
    /// gap is fenced by its next batch and joins anew.
    ///
    /// - Parameter rebuild: also without a gap, and for a partition that was never read: the tables were lost.
    /// - Returns: where the partition stood; 0 when it was never read.
    /// - Throws: ``RepairRefusal`` unless the broker lacks the next offset or `rebuild` is set.
    public func resume(
        _ partition: TopicPartition, kind: Topic.Kind, at range: Range, rebuild: Bool = false, cluster: String,
        in transaction: Transaction
    ) throws -> Int64 {
        let stored = try transaction.first(
            """
            SELECT next FROM \(unescaped: schema).consumer_offset
            WHERE cluster = \(cluster) AND consumer_group = \(group) AND topic = \(partition.topic)
                AND partition = \(partition.partition)
            FOR UPDATE
            """
        ).map { try $0.get("next", as: Int64.self) }
        guard rebuild || stored.map({ range.hasGap(at: $0, of: kind) }) ?? false else { throw RepairRefusal.noGap }
        try transaction.execute(
            """
            INSERT INTO \(unescaped: schema).consumer_offset AS stored
                (cluster, consumer_group, topic, partition, next, repairing_since)
            VALUES (\(cluster), \(group), \(partition.topic), \(partition.partition), \(range.low), clock_timestamp())
            ON CONFLICT (cluster, consumer_group, topic, partition) DO UPDATE
            SET next = EXCLUDED.next, repairing_since = coalesce(stored.repairing_since, EXCLUDED.repairing_since)
            """, expecting: 1)
        return stored ?? 0
    }

    /// Ends the repair: from then on a key first seen in the middle is again one whose history is older than this
    /// service.
    ///
    /// - Throws: ``RepairRefusal`` when it is not under repair, or keys still wait.
    public func finish(_ partition: TopicPartition, in transaction: Transaction) throws {
        let waiting: Int64 = try transaction.only(
            """
            SELECT count(DISTINCT key) AS waiting FROM \(unescaped: schema).parked_message AS message
            JOIN \(unescaped: schema).parked_key USING (topic, key)
            WHERE message.topic = \(partition.topic) AND message.partition = \(partition.partition) AND cause = 'gap'
            """
        ).get("waiting")
        guard waiting == 0 else { throw RepairRefusal.keysWait(waiting) }
        let ended = try transaction.execute(
            """
            UPDATE \(unescaped: schema).consumer_offset SET repairing_since = NULL
            WHERE consumer_group = \(group) AND topic = \(partition.topic) AND partition = \(partition.partition)
                AND repairing_since IS NOT NULL
            """)
        guard ended >= 1 else { throw RepairRefusal.notUnderRepair }
    }
}
