import Foundation
import Kafka
import Logging
import Messaging
import Postgres
import TestSupport

extension DevelopmentBroker {
    /// Publishes bytes as an event of a topic's owner.
    public func publish(
        bytes: [UInt8], topic: Topic, key: String, seq: Int64, id: String, type: String
    ) async throws {
        let producer = try KafkaProducer(
            configuration: configuration(), messageTimeout: .seconds(30), logger: .bench("writer"))
        _ = try await producer.send(
            KafkaRecord(
                topic: topic.name, key: Array(key.utf8), value: bytes,
                headers: .envelope(id: id, type: type, key: key, seq: seq)))
        await producer.close()
    }

    /// Everything that a topic holds now, in the order of each partition.
    public func events(on topic: Topic) async throws -> [IncomingEvent] {
        let consumer = try KafkaConsumer.standalone(configuration: configuration(), logger: .bench("reader"))
        let partitions = try await consumer.partitions(of: topic.name)
        try await consumer.assign(partitions.map { PartitionStart($0, .beginning) })
        var open = Set(partitions)
        var events: [IncomingEvent] = []
        while !open.isEmpty {
            for event in await consumer.poll(timeout: .seconds(1)) {
                switch event {
                case .message(let message): events.append(try IncomingEvent(message))
                case .partitionEnd(let partition): open.remove(partition)
                case .offsetOutOfRange, .error: throw NotReached(description: "reading failed: \(event)")
                case .assigned, .revoked, .lost: break
                }
            }
        }
        await consumer.close()
        return events
    }
}

extension [KafkaHeader] {
    /// The headers of an event, written out by hand, so that what reads them is not tested by what writes them.
    public static func envelope(id: String, type: String, key: String, seq: Int64) -> [KafkaHeader] {
        let now = Instant.now.description
        let digits = String(seq)
        return [
            KafkaHeader("ce_specversion", "1.0"), KafkaHeader("ce_id", id), KafkaHeader("ce_source", "/bench"),
            KafkaHeader("ce_type", type), KafkaHeader("ce_time", now), KafkaHeader("ce_partitionkey", key),
            KafkaHeader("ce_aggregateseq", String(repeating: "0", count: 20 - digits.count) + digits),
            KafkaHeader("ce_recordedtime", now),
        ]
    }
}

extension Logger {
    /// The log of a bench: silent, unless `ZTC_TEST_LOG` asks for everything.
    public static func bench(_ name: String) -> Logger {
        var logger = Logger(label: "bench.\(name)")
        logger.logLevel = ProcessInfo.processInfo.environment["ZTC_TEST_LOG"] == nil ? .critical : .debug
        return logger
    }
}
