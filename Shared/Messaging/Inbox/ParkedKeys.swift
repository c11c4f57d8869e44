import Postgres

/// The keys of one service whose messages wait, and the operator's way to let one go on (RELIABILITY rule 10).
public struct ParkedKeys: Sendable {
    /// Why a key waits.
    public enum Cause: Sendable, Hashable {
        /// An earlier event is missing.
        case gap
        /// An earlier event became the dead letter of this number.
        case deadLetter(Int64)
    }

    /// A parked key.
    public struct Key: Sendable, Hashable {
        /// Topic of its messages.
        public let topic: String
        /// Identifier of the aggregate.
        public let key: String
        /// Why it waits.
        public let cause: Cause
        /// Since when (real time).
        public let since: Instant
        /// Number of the event that was applied or given up last; 0 before the first.
        public let last: Int64
        /// Number of the first event that waits; nil when none does.
        public let firstWaiting: Int64?
        /// How many messages wait.
        public let waiting: Int
    }

    /// What a skip did.
    public struct Skip: Sendable, Hashable {
        /// Why the key had waited.
        public let cause: Cause
        /// The events given up: from this number …
        public let from: Int64
        /// … to this one; below `from` when none were.
        public let to: Int64
        /// How many parked messages followed.
        public let followed: Int
        /// Why the key waits again; nil when it is free.
        public let next: Cause?
    }

    private let schema: String
    private let group: String
    private let subscriptions: [String: Subscription]
    private let outbox: Outbox
    private let limits: ParkingLimits

    /// The parked keys of the service whose dead letters are given.
    public init(_ letters: DeadLetters) {
        schema = letters.schema
        group = letters.group
        subscriptions = letters.subscriptions
        outbox = letters.outbox
        limits = letters.limits
    }

    /// Parked keys by topic and key, those behind a place, at most `limit`; of one topic unless it is nil.
    public func list(
        topic: String?, after place: (topic: String, key: String)?, limit: Int, in transaction: Transaction
    ) throws -> [Key] {
        try transaction.query(
            """
            SELECT parked.topic, parked.key, parked.dead_letter, parked.since, waiting.first, waiting.number,
                coalesce(order_of.seq, 0) AS last
            FROM \(unescaped: schema).parked_key AS parked
            LEFT JOIN \(unescaped: schema).aggregate_seq AS order_of
                ON order_of.topic = parked.topic AND order_of.key = parked.key
            CROSS JOIN LATERAL (
                SELECT min(seq) AS first, count(*) AS number FROM \(unescaped: schema).parked_message AS message
                WHERE message.topic = parked.topic AND message.key = parked.key) AS waiting
            WHERE (\(topic)::text IS NULL OR parked.topic = \(topic))
                AND (parked.topic, parked.key) > (\(place?.topic ?? ""), \(place?.key ?? ""))
            ORDER BY parked.topic, parked.key LIMIT \(Int64(limit))
            """
        ) { row in
            Key(
                topic: try row.get("topic"), key: try row.get("key"),
                cause: try row.get("dead_letter", as: Int64?.self).map(Cause.deadLetter) ?? .gap,
                since: try row.get("since"), last: try row.get("last"), firstWaiting: try row.get("first"),
                waiting: try row.get("number"))
        }
    }

    /// Gives up what a key waits for: the missing events of a gap, or the effect of the dead letter that holds it, which
    /// stays open. The parked messages follow in their order as far as they go.
    ///
    /// It holds the locks of the whole topic for its length, since the missing message's partition is not known.
    ///
    /// - Throws: ``InboxDecisionError`` or `PostgresError`.
    public func skip(topic: String, key: String, in transaction: Transaction) throws -> Skip {
        guard let subscription = subscriptions[topic] else { throw InboxDecisionError.notRead(topic: topic) }
        try PartitionLock.take(schema: schema, group: group, topic: topic, partition: nil, in: transaction)
        var order = try AggregateOrder(
            schema: schema, topic: subscription.topic, limits: limits, keys: [key], in: transaction)
        guard let cause = order.cause(of: key) else { throw InboxDecisionError.notParked(topic: topic, key: key) }
        let before = order.last(of: key) ?? 0
        switch cause {
        case .gap: try order.jump(key, in: transaction)
        case .deadLetter: try order.release(key, in: transaction)
        }
        let after = order.last(of: key) ?? 0
        let application = EventApplication(schema: schema, group: group, subscription: subscription, outbox: outbox)
        let followed = try application.drain(key, order: &order, .behindReplay, in: transaction)
        order.save(in: transaction)
        return Skip(
            cause: Self.cause(cause), from: before + 1, to: after, followed: followed,
            next: order.cause(of: key).map(Self.cause))
    }

    private static func cause(_ cause: AggregateOrder.Cause) -> Cause {
        switch cause {
        case .gap: .gap
        case .deadLetter(let letter): .deadLetter(letter)
        }
    }
}
