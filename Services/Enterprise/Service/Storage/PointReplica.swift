import Postgres

/// The points in force as the policy service tells of them (ENT-9).
struct PointReplica {
    let tx: Transaction

    /// States of a replicated point.
    enum State: String, Sendable, CaseIterable {
        case published
        case withdrawn
        case expired
    }

    /// A stored point; `content` is the serialised message.
    struct Stored: Sendable {
        let id: String
        let revision: Int32
        let state: State
        let content: [UInt8]
        let eventSeq: Int64

        init(_ row: Row) throws {
            id = try row.get("point_id")
            revision = try row.get("revision")
            state = try row.word("state")
            content = try row.get("content")
            eventSeq = try row.get("event_seq")
        }
    }

    private static let columns: SQL = "point_id, revision, state, content, event_seq"

    /// Stores a published version unless something newer is stored; returns whether it was stored.
    func publish(
        id: String, revision: Int32, title: String, content: [UInt8], publishedAt: Instant, eventSeq: Int64
    ) throws -> Bool {
        try tx.execute(
            """
            INSERT INTO enterprise.point_replica AS stored
                (point_id, revision, state, title, content, published_at, event_seq)
            VALUES (\(id), \(revision), 'published', \(title), \(content), \(publishedAt), \(eventSeq))
            ON CONFLICT (point_id) DO UPDATE
            SET revision = EXCLUDED.revision, state = EXCLUDED.state, title = EXCLUDED.title,
                content = EXCLUDED.content, published_at = EXCLUDED.published_at, event_seq = EXCLUDED.event_seq
            WHERE stored.event_seq < EXCLUDED.event_seq
            """) == 1
    }

    /// Ends a point; returns whether it was known and in force.
    func end(id: String, as state: State, eventSeq: Int64) throws -> Bool {
        try tx.execute(
            """
            UPDATE enterprise.point_replica SET state = \(state.rawValue), event_seq = \(eventSeq)
            WHERE point_id = \(id) AND event_seq < \(eventSeq)
            """) == 1
    }

    /// One point; nil when it is not known.
    func point(_ id: String) throws -> Stored? {
        try tx.query(
            "SELECT \(Self.columns) FROM enterprise.point_replica WHERE point_id = \(id)", as: Stored.init
        ).first
    }

    /// All points in force, in the order of their identifiers.
    func inForce() throws -> [Stored] {
        try tx.query(
            "SELECT \(Self.columns) FROM enterprise.point_replica WHERE state = 'published' ORDER BY point_id",
            as: Stored.init)
    }
}
