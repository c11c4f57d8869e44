import Postgres

/// Puts published events before the relay again, because the broker has lost them (RELIABILITY rule 11).
///
/// They keep identifiers, sequence numbers and positions, so whoever has them recognises the repetition.
public struct Republication: Sendable {
    /// Positions that one call goes through.
    public static let span: Int64 = 20_000

    private let schema: String
    private let history: EventHistory

    /// The repair of a service's topics.
    public init(schema: String, service: String) {
        self.schema = schema
        history = EventHistory(schema: schema, service: service)
    }

    /// Puts the events of a range of positions on the pending list; those that are there already stay as they are.
    ///
    /// - Parameters:
    ///   - topic: an events topic or one of dead letters: an older state after a newer one would undo it for readers of
    ///     a state topic.
    ///   - end: the last position, nil for the newest.
    /// - Returns: how many were put there, and where the next call has to begin; nil when the range is done.
    public func request(
        topic: String, key: String?, from start: Int64, through end: Int64?, in transaction: Transaction
    ) throws -> (events: Int, next: Int64?) {
        let bounds = try history.bounds(in: transaction)
        let first = max(start, bounds.oldest, 1)
        let last = min(end ?? bounds.newest, bounds.newest)
        guard first <= last else { return (0, nil) }
        let reached = min(last, first + Self.span - 1)
        let events = try transaction.execute(
            """
            INSERT INTO \(unescaped: schema).pending (journal_id, again)
            SELECT journal_id, true
            FROM \(unescaped: schema).publication JOIN \(unescaped: schema).journal ON journal.id = journal_id
            WHERE position BETWEEN \(first) AND \(reached) AND topic = \(topic)
                AND (\(key)::text IS NULL OR key = \(key))
            ORDER BY journal_id
            ON CONFLICT DO NOTHING
            """)
        return (events, reached < last ? reached + 1 : nil)
    }
}
