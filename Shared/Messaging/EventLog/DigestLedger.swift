import Postgres

/// Computes and keeps the daily digests of a service's events topics (XCT-7).
///
/// A day is that of the recorded time in UTC. An event counts once it was published, repetitions not included.
public struct DigestLedger: Sendable {
    /// Journal numbers gone through by one statement.
    private static let window: Int64 = 10_000

    /// The digest of one topic and day.
    public struct Day: Sendable {
        /// The topic.
        public let topic: String
        /// The day.
        public let day: CalendarDate
        /// What each partition holds; partitions without events are missing.
        public var partitions: [Int32: PartitionDigest]
        /// Offsets behind the highest acknowledged, by partition, as far as they are known.
        public var ends: [Int32: Int64]
        /// The cluster to which the offsets belong.
        public var cluster: String
        /// When it was computed.
        public var computedAt: Instant
    }

    private let schema: String
    private let source: String
    private let topics: [Topic]

    /// The digests of a service's events topics.
    public init(schema: String, service: String, topics: [Topic]) {
        self.schema = schema
        source = EnvelopeWriter.source(of: service)
        self.topics = topics.filter(Self.hasDigests)
    }

    /// Facts are digested; states are compacted, and digests of digests would never end.
    public static func hasDigests(_ topic: Topic) -> Bool { topic.kind == .events && !topic.isDigests }

    /// The day after the newest one that was closed, or that of the first event; nil while there is no event.
    public func firstOpenDay(in transaction: Transaction) throws -> CalendarDate? {
        try transaction.first(
            """
            SELECT coalesce(
                (SELECT max(day) + 1 FROM \(unescaped: schema).digest_day),
                (SELECT (recorded_at AT TIME ZONE 'UTC')::date FROM \(unescaped: schema).journal ORDER BY id LIMIT 1)
            ) AS day
            """
        )?.get("day")
    }

    /// Whether nothing can change any more about what was recorded before a transaction number: every transaction below
    /// it has ended. The number comes from ``nextTransaction(in:)`` asked after the day's end.
    public func isSettled(before number: Int64, in transaction: Transaction) throws -> Bool {
        try transaction.only(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= \(number) AS settled"
        ).get("settled")
    }

    /// A number above those of all transactions that have begun to write: that of this transaction. A snapshot's upper
    /// bound would not do, since transactions at and above it may be running.
    public func nextTransaction(in transaction: Transaction) throws -> Int64 {
        try transaction.only("SELECT pg_current_xact_id()::text::bigint AS next").get("next")
    }

    /// Whether events of a day still wait to be published.
    public func waits(on day: CalendarDate, in transaction: Transaction) throws -> Bool {
        try transaction.only(
            """
            SELECT EXISTS (
                SELECT 1 FROM \(unescaped: schema).pending JOIN \(unescaped: schema).journal ON id = journal_id
                WHERE recorded_at >= \(day)::date::timestamp AT TIME ZONE 'UTC'
                    AND recorded_at < (\(day)::date + 1)::timestamp AT TIME ZONE 'UTC'
                    AND topic = ANY(\(topics.map(\.name)))
            ) AS waits
            """
        ).get("waits")
    }

    /// Computes the digests of a day from what was published by now, for every topic that has digests.
    public func compute(_ day: CalendarDate, in transaction: Transaction) throws -> [Day] {
        let span = try transaction.only(
            """
            SELECT min(id) AS first, max(id) AS last FROM \(unescaped: schema).journal
            WHERE recorded_at >= \(day)::date::timestamp AT TIME ZONE 'UTC'
                AND recorded_at < (\(day)::date + 1)::timestamp AT TIME ZONE 'UTC'
            """)
        var found: [String: [Int32: PartitionDigest]] = [:]
        if let first = try span.get("first", as: Int64?.self), let last = try span.get("last", as: Int64?.self) {
            for start in stride(from: first, through: last, by: Int(Self.window)) {
                try count(day, from: start, into: &found, in: transaction)
            }
        }
        let state = try transaction.only(
            "SELECT cluster, clock_timestamp() AS now FROM \(unescaped: schema).relay_state")
        let (cluster, now): (String, Instant) = (try state.get("cluster"), try state.get("now"))
        var ends: [String: [Int32: Int64]] = [:]
        for row in try transaction.query(
            """
            SELECT topic, partition, last_offset FROM \(unescaped: schema).delivered_day
            WHERE cluster = \(cluster) AND day = \(day)
            """)
        {
            ends[try row.get("topic"), default: [:]][try row.get("partition")] =
                try row.get("last_offset", as: Int64.self) + 1
        }
        return topics.map { topic in
            Day(
                topic: topic.name, day: day, partitions: found[topic.name] ?? [:], ends: ends[topic.name] ?? [:],
                cluster: cluster, computedAt: now)
        }
    }

    private func count(
        _ day: CalendarDate, from start: Int64, into found: inout [String: [Int32: PartitionDigest]],
        in transaction: Transaction
    ) throws {
        let rows = try transaction.query(
            """
            SELECT topic, key,
                sha256(
                    int4send(octet_length(\(source)::text)) || convert_to(\(source)::text, 'UTF8')
                    || int4send(octet_length(event_id)) || convert_to(event_id, 'UTF8') || coalesce(payload, '')
                ) AS hash
            FROM \(unescaped: schema).journal LEFT JOIN \(unescaped: schema).pending ON journal_id = id
            WHERE id >= \(start) AND id < \(start + Self.window) AND topic = ANY(\(topics.map(\.name)))
                AND recorded_at >= \(day)::date::timestamp AT TIME ZONE 'UTC'
                AND recorded_at < (\(day)::date + 1)::timestamp AT TIME ZONE 'UTC'
                AND coalesce(again, true)
            """)
        for row in rows {
            let topic: String = try row.get("topic")
            let partition = KeyPartition.of(try row.get("key"), among: Topic.partitions)
            found[topic, default: [:]][partition, default: PartitionDigest()].count(
                try row.get("hash", as: [UInt8].self))
        }
    }

    /// Keeps the digest of a closed day.
    ///
    /// - Returns: its sequence number within the topic's digests, from 1.
    public func keep(_ digest: Day, in transaction: Transaction) throws -> Int64 {
        let seq: Int64 = try transaction.only(
            """
            INSERT INTO \(unescaped: schema).digest_day (topic, day, seq, cluster, computed_at)
            SELECT \(digest.topic), \(digest.day), coalesce(max(seq), 0) + 1, \(digest.cluster), \(digest.computedAt)
            FROM \(unescaped: schema).digest_day WHERE topic = \(digest.topic)
            RETURNING seq
            """
        ).get("seq")
        let partitions = digest.partitions.sorted { $0.key < $1.key }
        try transaction.execute(
            """
            INSERT INTO \(unescaped: schema).digest_partition (topic, day, partition, events, sum, last_offset)
            SELECT \(digest.topic), \(digest.day), partition, events, sum, NULLIF(ending, 0) - 1
            FROM unnest(
                \(partitions.map(\.key)), \(partitions.map(\.value.events)), \(partitions.map(\.value.sum.bytes)),
                \(partitions.map { digest.ends[$0.key] ?? 0 })
            ) AS kept (partition, events, sum, ending)
            """, expecting: partitions.count)
        return seq
    }

    /// The kept digest of a closed day; nil when the day is not closed.
    public func kept(_ topic: String, _ day: CalendarDate, in transaction: Transaction) throws -> Day? {
        guard
            let head = try transaction.first(
                """
                SELECT cluster, computed_at FROM \(unescaped: schema).digest_day
                WHERE topic = \(topic) AND day = \(day)
                """)
        else { return nil }
        var digest = Day(
            topic: topic, day: day, partitions: [:], ends: [:], cluster: try head.get("cluster"),
            computedAt: try head.get("computed_at"))
        for row in try transaction.query(
            """
            SELECT partition, events, sum, last_offset FROM \(unescaped: schema).digest_partition
            WHERE topic = \(topic) AND day = \(day)
            """)
        {
            let partition: Int32 = try row.get("partition")
            digest.partitions[partition] = PartitionDigest(
                events: try row.get("events"), sum: DigestSum(try row.get("sum")))
            digest.ends[partition] = try row.get("last_offset", as: Int64?.self).map { $0 + 1 }
        }
        return digest
    }
}

extension PartitionDigest {
    init(events: Int64, sum: DigestSum) {
        self.events = events
        self.sum = sum
    }
}

extension DigestSum {
    /// A sum from its 32 bytes.
    init(_ bytes: [UInt8]) {
        self.init()
        add(bytes)
    }
}
