import Kafka
import Postgres

/// One event of the journal, ready to be published.
struct JournalRow: Sendable {
    let id: Int64
    let topic: String
    let key: String
    let seq: Int64
    let type: String
    let eventID: String
    let occurredAt: Instant
    let recordedAt: Instant
    let traceparent: String?
    let extraHeaders: [EnvelopeHeader]
    let payload: [UInt8]?
}

extension JournalRow {
    init(_ row: Row) throws {
        id = try row.get("id")
        topic = try row.get("topic")
        key = try row.get("key")
        seq = try row.get("seq")
        type = try row.get("type")
        eventID = try row.get("event_id")
        occurredAt = try row.get("occurred_at")
        recordedAt = try row.get("recorded_at")
        traceparent = try row.get("traceparent")
        extraHeaders = try HeaderCoding.decode(try row.get("extra_headers", as: String?.self) ?? "")
        payload = try row.get("payload")
    }

    func record(source: String) -> KafkaRecord {
        KafkaRecord(
            topic: topic, partition: KeyPartition.of(key, among: Topic.partitions), key: Array(key.utf8),
            value: payload, headers: EnvelopeWriter.headers(of: self, source: source))
    }
}
