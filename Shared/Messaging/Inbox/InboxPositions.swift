import Kafka
import Postgres

/// Finds where reading goes on: the database's offsets, checked against what the broker still has.
struct InboxPositions {
    let inbox: Inbox
    let consumer: KafkaConsumer

    /// The cluster's identifier; offsets are kept per cluster.
    func cluster() async throws -> String {
        try await KafkaAdmin(configuration: inbox.kafka).clusterID()
    }

    /// The next offset of every partition that can be read without a gap. A partition whose next offset the broker no
    /// longer or not yet has is left out and reported: it waits for repair and is never skipped (rule 11).
    func read(_ partitions: [TopicPartition], cluster: String) async throws -> [TopicPartition: Int64] {
        var ranges: [TopicPartition: (low: Int64, high: Int64)] = [:]
        for partition in partitions { ranges[partition] = try await consumer.watermarks(partition) }
        let stored = try await store(ranges.mapValues(\.low), cluster: cluster)
        var positions: [TopicPartition: Int64] = [:]
        for (partition, next) in stored {
            guard let range = ranges[partition] else { continue }
            let kind = inbox.subscriptions[partition.topic]?.topic.kind ?? .events
            if PartitionRepair.Range(low: range.low, high: range.high).hasGap(at: next, of: kind) {
                inbox.logger.critical(
                    "the broker has a gap; the partition waits for repair",
                    metadata: [
                        "partition": "\(partition)", "next": "\(next)", "low": "\(range.low)", "high": "\(range.high)",
                    ])
            } else {
                positions[partition] = next
            }
        }
        return positions
    }

    /// Enters partitions that are new to this cluster at their oldest offset and returns the stored offsets of all.
    private func store(
        _ lows: [TopicPartition: Int64], cluster: String
    ) async throws -> [TopicPartition: Int64] {
        let (schema, group) = (inbox.schema, inbox.group)
        let entries = lows.map { $0 }
        return try await inbox.database.transaction(.consumers) { transaction in
            _ = try transaction.execute(
                """
                INSERT INTO \(unescaped: schema).consumer_offset (cluster, consumer_group, topic, partition, next)
                SELECT \(cluster), \(group), topic, partition, next FROM unnest(
                    \(entries.map(\.key.topic)), \(entries.map { Int64($0.key.partition) }), \(entries.map(\.value))
                ) AS entry (topic, partition, next)
                ON CONFLICT DO NOTHING
                """)
            var stored: [TopicPartition: Int64] = [:]
            for row in try transaction.query(
                """
                SELECT topic, partition, next FROM \(unescaped: schema).consumer_offset
                WHERE cluster = \(cluster) AND consumer_group = \(group)
                """)
            {
                let partition = TopicPartition(try row.get("topic"), try row.get("partition"))
                if lows[partition] != nil { stored[partition] = try row.get("next", as: Int64.self) }
            }
            return stored
        }
    }
}
