import Kafka
import Postgres

/// An event as it arrives: the envelope's attributes, the payload's bytes, and where it was found.
public struct IncomingEvent: Sendable {
    /// `ce_id`; unique within `source`.
    public let id: String
    /// `ce_source`, e.g. `/zhitongche/policy`.
    public let source: String
    /// `ce_type`: the full protobuf name of the payload's message.
    public let type: String
    /// The Kafka key: identifier of the aggregate.
    public let key: String
    /// `ce_aggregateseq`: the aggregate's sequence number.
    public let seq: Int64
    /// `ce_time`: business time of the fact.
    public let time: Instant
    /// `ce_recordedtime`: real time at which the fact was committed.
    public let recordedTime: Instant
    /// The serialised message; empty for a tombstone.
    public let payload: [UInt8]
    /// True when the message has no payload at all: the key is removed from a state topic.
    public let isTombstone: Bool
    /// Topic on which it arrived.
    public let topic: String
    /// Partition of the topic.
    public let partition: Int32
    /// Offset in the partition.
    public let offset: Int64
    /// W3C trace context of the writer.
    public let traceparent: String?

    /// Reads the envelope of a message.
    ///
    /// - Throws: ``EnvelopeError`` naming the header that is missing or malformed.
    public init(_ message: KafkaMessage) throws {
        let headers = EnvelopeReader(message.headers)
        guard try headers.required("ce_specversion") == "1.0" else {
            throw EnvelopeError(header: "ce_specversion", reason: "is not 1.0")
        }
        id = try headers.required("ce_id")
        source = try headers.required("ce_source")
        type = try headers.required("ce_type")
        seq = try headers.number("ce_aggregateseq")
        time = try headers.time("ce_time")
        recordedTime = try headers.time("ce_recordedtime")
        traceparent = headers.optional("traceparent")
        guard let bytes = message.key, !bytes.isEmpty, !bytes.contains(0),
            let key = String(validating: bytes, as: UTF8.self)
        else { throw EnvelopeError(header: "key", reason: "is missing or no text") }
        guard try headers.required("ce_partitionkey") == key else {
            throw EnvelopeError(header: "ce_partitionkey", reason: "differs from the key")
        }
        self.key = key
        payload = message.value ?? []
        isTombstone = message.value == nil
        topic = message.topic
        partition = message.partition
        offset = message.offset
    }
}
