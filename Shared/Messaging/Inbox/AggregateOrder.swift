import Kafka
import Postgres

/// Keeps the order per aggregate on the reader's side: what came last, what is missing, what waits (RELIABILITY rule 8).
struct AggregateOrder {
    /// Where an event stands in the order of its aggregate.
    enum Place {
        /// It comes next, or is the first one ever seen.
        case due
        /// It was applied before.
        case stale
        /// Events before it are missing.
        case early
        /// Its key is parked.
        case behindParked
    }

    /// Why a key is parked.
    enum Cause: Equatable {
        /// An earlier event is missing.
        case gap
        /// An earlier event became the dead letter of this number.
        case deadLetter(Int64)

        /// The word in the database.
        var word: String {
            switch self {
            case .gap: "gap"
            case .deadLetter: "dead_letter"
            }
        }

        /// The number of the letter that holds the key.
        var letter: Int64? {
            switch self {
            case .gap: nil
            case .deadLetter(let number): number
            }
        }
    }

    private let schema: String
    private let topic: Topic
    /// Whether the partition is under repair, so that nothing may be taken for the first of its key but number 1.
    private let isUnderRepair: Bool
    private var room: ParkingRoom
    private var last: [String: Int64] = [:]
    private var changed: Set<String> = []
    private var parked: [String: Cause] = [:]

    /// Loads what is known of the keys.
    init(
        schema: String, topic: Topic, limits: ParkingLimits, keys: Set<String>, isUnderRepair: Bool = false,
        in transaction: Transaction
    ) throws {
        self.schema = schema
        self.topic = topic
        self.isUnderRepair = isUnderRepair
        room = ParkingRoom(schema: schema, topic: topic, limits: limits)
        guard !keys.isEmpty else { return }
        let names = Array(keys)
        for row in try transaction.query(
            """
            SELECT key, seq FROM \(unescaped: schema).aggregate_seq
            WHERE topic = \(topic.name) AND key = ANY(\(names))
            """)
        {
            last[try row.get("key")] = try row.get("seq", as: Int64.self)
        }
        for row in try transaction.query(
            """
            SELECT key, dead_letter FROM \(unescaped: schema).parked_key
            WHERE topic = \(topic.name) AND key = ANY(\(names))
            """)
        {
            let letter = try row.get("dead_letter", as: Int64?.self)
            parked[try row.get("key")] = letter.map(Cause.deadLetter) ?? .gap
        }
    }

    /// Why a key is parked; nil when it is not.
    func cause(of key: String) -> Cause? { parked[key] }

    /// The number of the last event of a key that was applied or given up; nil before the first.
    func last(of key: String) -> Int64? { last[key] }

    /// Where an event stands. On compacted topics gaps are natural, since only the newest state matters, and the state
    /// of the last sequence number may come again: a seed after the publisher changed what a state tells.
    func place(of event: IncomingEvent) -> Place {
        let isNext = isNext(event)
        if let cause = parked[event.key], !(cause == .gap && isNext) {
            return event.seq <= last[event.key] ?? 0 ? .stale : .behindParked
        }
        guard topic.kind != .state else { return event.seq >= last[event.key] ?? 0 ? .due : .stale }
        if let last = last[event.key], event.seq <= last { return .stale }
        return isNext ? .due : .early
    }

    /// Whether nothing is missing before an event. The first one ever seen of a key may have any number, since its
    /// history may be older than this service; not under repair, when the events before it are still to come.
    private func isNext(_ event: IncomingEvent) -> Bool {
        if let last = last[event.key] { return event.seq - 1 == last }
        return event.seq == 1 || (!isUnderRepair && parked[event.key] == nil)
    }

    /// Notes that an event was applied, or given up.
    mutating func passed(_ event: IncomingEvent) {
        last[event.key] = event.seq
        changed.insert(event.key)
    }

    /// Parks a key without a message.
    mutating func parkKey(_ key: String, behind cause: Cause, in transaction: Transaction) throws {
        parked[key] = cause
        try transaction.execute(
            """
            INSERT INTO \(unescaped: schema).parked_key (topic, key, cause, dead_letter)
            VALUES (\(topic.name), \(key), \(cause.word), \(cause.letter))
            ON CONFLICT (topic, key) DO UPDATE SET cause = EXCLUDED.cause, dead_letter = EXCLUDED.dead_letter
            """, expecting: 1)
    }

    /// Lets a key go on behind the event that held it: what is parked counts from then on as behind a gap, which may
    /// be none.
    mutating func release(_ key: String, in transaction: Transaction) throws {
        try parkKey(key, behind: .gap, in: transaction)
    }

    /// Gives up what is missing of a key, so that its first parked message comes next.
    mutating func jump(_ key: String, in transaction: Transaction) throws {
        let first = try transaction.only(
            """
            SELECT min(seq) AS seq FROM \(unescaped: schema).parked_message
            WHERE topic = \(topic.name) AND key = \(key) AND seq > \(last[key] ?? 0)
            """
        ).get("seq", as: Int64?.self)
        guard let first else { return }
        last[key] = first - 1
        changed.insert(key)
    }

    /// Keeps a message until its turn comes; a cause parks its key as well.
    ///
    /// - Throws: ``ParkingFull`` when no more may be kept, and nothing is kept then.
    mutating func park(
        _ message: KafkaMessage, _ event: IncomingEvent, behind cause: Cause?, in transaction: Transaction
    ) throws {
        try room.take(key: event.key, in: transaction)
        if let cause { try parkKey(event.key, behind: cause, in: transaction) }
        let headers = try HeaderCoding.encode(message.headers.map { EnvelopeHeader(name: $0.name, value: $0.value) })
        _ = try transaction.execute(
            """
            INSERT INTO \(unescaped: schema).parked_message
                (topic, key, seq, source, event_id, partition, message_offset, headers, payload)
            VALUES (\(topic.name), \(event.key), \(event.seq), \(event.source), \(event.id), \(message.partition),
                \(message.offset), \(headers)::jsonb, \(message.value))
            ON CONFLICT DO NOTHING
            """)
    }

    /// Takes the parked message that comes next for a key whose gap has closed; frees the key when none is left. On
    /// compacted topics the next one follows whatever its number, since gaps are natural there.
    mutating func nextFilled(
        key: String, in transaction: Transaction
    ) throws -> (IncomingEvent, KafkaMessage)? {
        guard parked[key] == .gap else { return nil }
        if topic.kind == .state { try jump(key, in: transaction) }
        let taken = try transaction.query(
            """
            DELETE FROM \(unescaped: schema).parked_message
            WHERE topic = \(topic.name) AND key = \(key) AND seq <= \((last[key] ?? 0) + 1)
            RETURNING seq, partition, message_offset, headers::text AS headers, payload
            """)
        for row in taken where try row.get("seq", as: Int64.self) == (last[key] ?? 0) + 1 {
            let message = KafkaMessage(
                topic: topic.name, partition: try row.get("partition"), offset: try row.get("message_offset"),
                key: Array(key.utf8), value: try row.get("payload"),
                headers: try HeaderCoding.decode(try row.get("headers")).map {
                    KafkaHeader($0.name, bytes: $0.value)
                })
            return (try IncomingEvent(message), message)
        }
        let waiting: Int64 = try transaction.only(
            """
            SELECT count(*) AS waiting FROM \(unescaped: schema).parked_message
            WHERE topic = \(topic.name) AND key = \(key)
            """
        ).get("waiting")
        if waiting == 0 {
            parked[key] = nil
            _ = try transaction.execute(
                "DELETE FROM \(unescaped: schema).parked_key WHERE topic = \(topic.name) AND key = \(key)")
        }
        return nil
    }

    /// Stores the new sequence numbers.
    func save(in transaction: Transaction) {
        guard !changed.isEmpty else { return }
        let keys = Array(changed)
        transaction.enqueue(
            """
            INSERT INTO \(unescaped: schema).aggregate_seq (topic, key, seq)
            SELECT \(topic.name), key, seq FROM unnest(\(keys), \(keys.map { last[$0] ?? 0 })) AS moved (key, seq)
            ON CONFLICT (topic, key) DO UPDATE SET seq = GREATEST(aggregate_seq.seq, EXCLUDED.seq)
            """)
    }
}
