import Postgres

/// An event on its way out: what a service hands to its outbox, as bytes.
public struct OutgoingEvent: Sendable {
    /// Where it is published.
    public let topic: Topic
    /// Full protobuf name of the payload's message; becomes `ce_type`.
    public let type: String
    /// Identifier of the aggregate; becomes the Kafka key, so that the order per aggregate is kept.
    public let key: String
    /// The aggregate's sequence number after the change, from 1.
    public let seq: Int64
    /// Business time of the fact; becomes `ce_time`.
    public let time: Instant
    /// The serialised message; nil is a tombstone and allowed on state topics only.
    public let payload: [UInt8]?
    /// Further headers for dead letters; events of services have none.
    let extraHeaders: [EnvelopeHeader]

    /// Makes an event; `payload` at most 64 KiB, checked when it is appended.
    public init(topic: Topic, type: String, key: String, seq: Int64, time: Instant, payload: [UInt8]?) {
        self.init(topic: topic, type: type, key: key, seq: seq, time: time, payload: payload, extraHeaders: [])
    }

    init(
        topic: Topic, type: String, key: String, seq: Int64, time: Instant, payload: [UInt8]?,
        extraHeaders: [EnvelopeHeader]
    ) {
        self.topic = topic
        self.type = type
        self.key = key
        self.seq = seq
        self.time = time
        self.payload = payload
        self.extraHeaders = extraHeaders
    }
}
