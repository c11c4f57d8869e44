/// A header of a record; names may repeat and their order is kept.
public struct KafkaHeader: Sendable, Hashable {
    /// The header's name.
    public var name: String
    /// The exact bytes; `nil` is a header without a value, which differs from an empty one.
    public var value: [UInt8]?

    /// A header with exact bytes.
    public init(_ name: String, bytes: [UInt8]?) {
        self.name = name
        value = bytes
    }

    /// A header whose value is the UTF-8 form of a text.
    public init(_ name: String, _ value: String) {
        self.init(name, bytes: Array(value.utf8))
    }
}

/// What a producer writes.
public struct KafkaRecord: Sendable, Hashable {
    /// The topic, which has to exist.
    public var topic: String
    /// The partition; `nil` leaves it to the murmur2 hash of the key, as every other Kafka client does.
    public var partition: Int32?
    /// The key; `nil` spreads records over partitions without order.
    public var key: [UInt8]?
    /// The value; `nil` is a tombstone, which differs from an empty value.
    public var value: [UInt8]?
    /// The headers in order.
    public var headers: [KafkaHeader]

    /// A record. Key, value and headers together stay below `message.max.bytes`, 1,000,000 bytes unless overridden.
    public init(
        topic: String, partition: Int32? = nil, key: [UInt8]?, value: [UInt8]?, headers: [KafkaHeader] = []
    ) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// What a consumer reads.
public struct KafkaMessage: Sendable, Hashable {
    /// The topic.
    public var topic: String
    /// The partition, from 0.
    public var partition: Int32
    /// The position in the partition; grows, but with gaps in compacted topics.
    public var offset: Int64
    /// The key, if any.
    public var key: [UInt8]?
    /// The value; `nil` is a tombstone.
    public var value: [UInt8]?
    /// The headers in order.
    public var headers: [KafkaHeader]
    /// Milliseconds since 1970 as the producer or the broker noted them; -1 if unknown.
    public var timestampMilliseconds: Int64

    /// A message, as tests build it.
    public init(
        topic: String, partition: Int32, offset: Int64, key: [UInt8]?, value: [UInt8]?, headers: [KafkaHeader] = [],
        timestampMilliseconds: Int64 = -1
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.key = key
        self.value = value
        self.headers = headers
        self.timestampMilliseconds = timestampMilliseconds
    }

    /// The partition that the message was read from.
    public var topicPartition: TopicPartition { TopicPartition(topic, partition) }
}

/// Where the broker stored a record.
public struct Delivery: Sendable, Hashable {
    /// The partition, from 0.
    public var partition: Int32
    /// The record's position in the partition.
    public var offset: Int64

    /// A delivery, as tests build it.
    public init(partition: Int32, offset: Int64) {
        self.partition = partition
        self.offset = offset
    }
}

/// One partition of one topic.
public struct TopicPartition: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The topic.
    public var topic: String
    /// The partition, from 0.
    public var partition: Int32

    /// The partition of a topic.
    public init(_ topic: String, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    /// By topic, then by partition.
    public static func < (left: Self, right: Self) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }

    /// `topic[partition]`.
    public var description: String { "\(topic)[\(partition)]" }
}

/// Where reading of a partition begins. There is no "stored" case: the database's offset is the truth.
public enum StartOffset: Sendable, Hashable {
    /// At this offset; one that the broker no longer or not yet has is reported, never replaced by another.
    case at(Int64)
    /// At the oldest message that the broker has.
    case beginning
    /// Behind the newest message.
    case end
}

/// A partition together with the place where reading begins.
public struct PartitionStart: Sendable, Hashable {
    /// The partition.
    public var partition: TopicPartition
    /// Where reading begins.
    public var offset: StartOffset

    /// A partition and its first offset.
    public init(_ partition: TopicPartition, _ offset: StartOffset) {
        self.partition = partition
        self.offset = offset
    }
}
