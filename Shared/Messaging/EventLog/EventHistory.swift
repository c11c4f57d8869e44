import Kafka
import Postgres

/// An event as it was published, with its place in the order of publication.
public struct PublishedEvent: Sendable {
    /// From 1, without gaps, per service.
    public let position: Int64
    /// The topic.
    public let topic: String
    /// The Kafka key.
    public let key: String
    /// All headers, as on the topic.
    public let headers: [KafkaHeader]
    /// The value's bytes; nil is a tombstone.
    public let payload: [UInt8]?
}

/// Reads what a service has published, from its journal in the order of publication (XCT-7).
///
/// A page looks at a bounded number of positions, so a filter that fits little costs several short pages instead of one
/// long scan.
public struct EventHistory: Sendable {
    /// Positions looked at for one page.
    public static let span: Int64 = 20_000
    /// A page ends when its payloads reach so many bytes; one event always fits.
    public static let pageBytes: Int64 = 1_048_576

    /// A page of history.
    public struct Page: Sendable {
        /// Events in ascending order of their positions.
        public var events: [PublishedEvent] = []
        /// Everything up to here was looked at.
        public var through: Int64
        /// Whether there is more to look at now.
        public var hasMore: Bool
        /// The oldest position that is still held; 0 when none is.
        public var oldest: Int64
    }

    private let schema: String
    private let source: String

    /// The history of a service in its schema.
    public init(schema: String, service: String) {
        self.schema = schema
        source = EnvelopeWriter.source(of: service)
    }

    /// The events after a position, on the given topics and with the given key if any.
    ///
    /// - Parameter limit: events on the page at most, at least 1.
    public func page(
        after position: Int64, topics: [String], key: String?, limit: Int, in transaction: Transaction
    ) throws -> Page {
        let bounds = try bounds(in: transaction)
        let start = max(position, bounds.oldest - 1)
        let end = min(start + Self.span, bounds.newest)
        var page = Page(through: max(end, min(position, bounds.newest)), hasMore: false, oldest: bounds.oldest)
        guard start < end else { return page }
        let found = try transaction.query(
            """
            SELECT position, id, coalesce(octet_length(payload), 0)::bigint AS bytes
            FROM \(unescaped: schema).publication JOIN \(unescaped: schema).journal ON journal.id = journal_id
            WHERE position > \(start) AND position <= \(end) AND topic = ANY(\(topics))
                AND (\(key)::text IS NULL OR key = \(key))
            ORDER BY position LIMIT \(limit)
            """
        ) { row in
            (
                position: try row.get("position", as: Int64.self), id: try row.get("id", as: Int64.self),
                bytes: try row.get("bytes", as: Int64.self)
            )
        }
        var bytes: Int64 = 0
        let taken = found.prefix { event in
            let isFirst = bytes == 0
            bytes += max(1, event.bytes)
            return isFirst || bytes <= Self.pageBytes
        }
        if let last = taken.last, taken.count < found.count || found.count == limit { page.through = last.position }
        page.hasMore = page.through < bounds.newest
        page.events = try events(Dictionary(taken.map { ($0.id, $0.position) }) { first, _ in first }, in: transaction)
        return page
    }

    /// The oldest and the newest position held; zeros before the first publication.
    func bounds(in transaction: Transaction) throws -> (oldest: Int64, newest: Int64) {
        let newest: Int64 = try transaction.only("SELECT position FROM \(unescaped: schema).relay_state")
            .get("position")
        let oldest = try transaction.first(
            """
            SELECT position
            FROM \(unescaped: schema).publication JOIN \(unescaped: schema).journal ON journal.id = journal_id
            ORDER BY position LIMIT 1
            """
        ).map { try $0.get("position", as: Int64.self) }
        return (oldest ?? 0, newest)
    }

    private func events(_ positions: [Int64: Int64], in transaction: Transaction) throws -> [PublishedEvent] {
        try transaction.query(
            """
            SELECT id, topic, key, seq, type, event_id, occurred_at, recorded_at, traceparent,
                extra_headers::text AS extra_headers, payload
            FROM \(unescaped: schema).journal WHERE id = ANY(\(Array(positions.keys)))
            """, as: JournalRow.init
        ).map { row in
            PublishedEvent(
                position: positions[row.id] ?? 0, topic: row.topic, key: row.key,
                headers: EnvelopeWriter.headers(of: row, source: source), payload: row.payload)
        }.sorted { $0.position < $1.position }
    }
}
