import Kafka
import Postgres

/// A dead letter as it is kept: the message, what was wrong with it, and what was decided.
public struct StoredLetter: Sendable {
    /// What became of a letter.
    public enum Status: Sendable, Hashable {
        /// Nobody has decided yet, or every replay failed.
        case open
        /// A replay ended it, at a time and by an account.
        case replayed(at: Instant, by: String)
        /// An operator gave it up, with the reason.
        case dismissed(at: Instant, by: String, reason: String)
    }

    /// The letter's number within the service.
    public let id: Int64
    /// Where the message was.
    public let topic: String
    /// Partition of the topic.
    public let partition: Int32
    /// Offset in the partition.
    public let offset: Int64
    /// The Kafka key's bytes; nil when it had none.
    public let key: [UInt8]?
    /// What is wrong with it.
    public let kind: DeadLetterClass
    /// The words of the newest failure.
    public let reason: String
    /// How often it was tried, replays that failed included.
    public let attempts: Int
    /// The message's headers, in their order.
    public let headers: [(name: String, value: [UInt8]?)]
    /// The message's value; nil when it had none.
    public let payload: [UInt8]?
    /// When it was written (real time).
    public let createdAt: Instant
    /// When it was last replayed (real time); nil before the first time.
    public let triedAt: Instant?
    /// What became of it.
    public let status: Status
    /// Whether later messages of its key wait for it.
    public let holdsKey: Bool

    /// The original message.
    var message: KafkaMessage {
        KafkaMessage(
            topic: topic, partition: partition, offset: offset, key: key, value: payload,
            headers: headers.map { KafkaHeader($0.name, bytes: $0.value) })
    }

    /// The text of a header of the original message; nil when it is missing or no text.
    public func header(_ name: String) -> String? {
        EnvelopeReader(headers.map { KafkaHeader($0.name, bytes: $0.value) }).optional(name)
    }

    static func columns(schema: String) -> SQL {
        """
        letter.id, letter.topic, letter.partition, letter.message_offset, letter.key, letter.class, letter.reason,
        letter.attempts, letter.headers::text AS headers, letter.payload, letter.created_at, letter.tried_at,
        letter.replayed_at, letter.replayed_by, letter.dismissed_at, letter.dismissed_by, letter.dismissal,
        EXISTS (SELECT FROM \(unescaped: schema).parked_key WHERE dead_letter = letter.id) AS holds_key
        """
    }

    init(_ row: Row) throws {
        id = try row.get("id")
        topic = try row.get("topic")
        partition = try row.get("partition")
        offset = try row.get("message_offset")
        key = try row.get("key")
        let word = try row.get("class", as: String.self)
        guard let known = DeadLetterClass(rawValue: word) else { throw PostgresDecodingFailure("\(word) is no class") }
        kind = known
        reason = try row.get("reason")
        attempts = try row.get("attempts")
        headers = try HeaderCoding.decode(try row.get("headers")).map { ($0.name, $0.value) }
        payload = try row.get("payload")
        createdAt = try row.get("created_at")
        triedAt = try row.get("tried_at")
        holdsKey = try row.get("holds_key")
        if let time = try row.get("replayed_at", as: Instant?.self) {
            status = .replayed(at: time, by: try row.get("replayed_by"))
        } else if let time = try row.get("dismissed_at", as: Instant?.self) {
            status = .dismissed(at: time, by: try row.get("dismissed_by"), reason: try row.get("dismissal"))
        } else {
            status = .open
        }
    }
}

/// Why an operator's decision about a dead letter or a parked key is refused; nothing was changed.
public enum InboxDecisionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no such letter.
    case noLetter(Int64)
    /// The letter was dismissed or replayed before.
    case closed(Int64)
    /// The key is not parked.
    case notParked(topic: String, key: String)
    /// The service no longer reads the topic.
    case notRead(topic: String)
    /// Later events of the key have been applied, so that the letter's event would come out of order.
    case late(Int64, seq: Int64, last: Int64)

    /// One line for people.
    public var description: String {
        switch self {
        case .noLetter(let id): "there is no dead letter \(id)"
        case .closed(let id): "dead letter \(id) was replayed or dismissed before"
        case .notParked(let topic, let key): "the key \(key) of \(topic) is not parked"
        case .notRead(let topic): "the service does not read \(topic)"
        case .late(let id, let seq, let last):
            "dead letter \(id) is event \(seq) of its key, and event \(last) has been applied"
        }
    }
}
