import AppealDomain
import Domain
import Foundation
import Postgres
import ServiceRuntime

/// A rectification with the number of its case.
struct StoredRectification: Sendable {
    var one: Rectification
    let caseNumber: String
}

/// One rating in the archive of a unit.
struct StoredRating: Sendable {
    let caseID: CaseID
    let caseNumber: String
    let round: Int
    let rating: Rating
}

/// The sums of a unit's archive.
struct RatingSums: Sendable {
    let replied: Int64
    let onTime: Int64
    /// How many got 1 to 5, in this order.
    let byMark: [Int64]
}

/// Which rectifications a list shows.
struct RectificationPage: Sendable {
    let state: RectificationStateName?
    let unit: UnitID?
    let after: (openedAt: Instant, id: RectificationID)?
    let limit: Int
}

/// Replies, how they were rated, and what low marks demanded, in the schema `appeal` (APL-9).
struct RatingRepository: Sendable {
    /// Notes a reply in the archive of its unit.
    func note(_ reply: Reply, of one: Case, unit: UnitID, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO appeal.reply_record (case_id, round, unit, is_complaint, replied_at, is_on_time)
            VALUES (\(one.id.uuid), \(one.clocks.round), \(unit.text), \(one.submission.kind == .complaint),
                \(reply.at.instant), \(reply.isOnTime))
            """, expecting: 1)
    }

    /// Notes how the reply was rated.
    func note(_ rating: Rating, of one: Case, in tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE appeal.reply_record
            SET mark = \(rating.mark), words = \(rating.words), rated_at = \(rating.at.instant)
            WHERE case_id = \(one.id.uuid) AND round = \(one.clocks.round) AND mark IS NULL
            """, expecting: 1)
    }

    /// The sums of a unit over replies of some days; complaints are left out, since the figures are seen widely.
    func sums(of unit: UnitID, from start: Instant?, until end: Instant?, in tx: Transaction) throws -> RatingSums {
        let row = try tx.only(
            """
            SELECT count(*) AS replied, count(*) FILTER (WHERE is_on_time) AS on_time,
                count(*) FILTER (WHERE mark = 1) AS m1, count(*) FILTER (WHERE mark = 2) AS m2,
                count(*) FILTER (WHERE mark = 3) AS m3, count(*) FILTER (WHERE mark = 4) AS m4,
                count(*) FILTER (WHERE mark = 5) AS m5
            FROM appeal.reply_record
            WHERE unit = \(unit.text) AND NOT is_complaint
                AND (\(start)::timestamptz IS NULL OR replied_at >= \(start))
                AND (\(end)::timestamptz IS NULL OR replied_at < \(end))
            """)
        return RatingSums(
            replied: try row.get("replied"), onTime: try row.get("on_time"),
            byMark: try (1...5).map { try row.get("m\($0)") })
    }

    /// A page of a unit's ratings, newest first; complaints are left out.
    func list(
        of unit: UnitID, after: (at: Instant, id: CaseID, round: Int)?, limit: Int, in tx: Transaction
    ) throws -> [StoredRating] {
        var sql: SQL = """
            SELECT r.case_id, r.round, r.mark, r.words, r.rated_at, c.number
            FROM appeal.reply_record AS r JOIN appeal.case_file AS c ON c.id = r.case_id
            WHERE r.unit = \(unit.text) AND r.mark IS NOT NULL AND NOT r.is_complaint
            """
        if let (at, id, round) = after {
            sql += " AND (r.rated_at, r.case_id, r.round) < (\(at), \(id.uuid), \(round))"
        }
        sql += " ORDER BY r.rated_at DESC, r.case_id DESC, r.round DESC LIMIT \(limit)"
        return try tx.query(sql) { row in
            StoredRating(
                caseID: CaseID(try row.get("case_id", as: UUID.self)), caseNumber: try row.get("number"),
                round: Int(try row.get("round", as: Int32.self)),
                rating: Rating(
                    mark: Int(try row.get("mark", as: Int16.self)), words: try row.get("words"),
                    at: try .stored(row, "rated_at")))
        }
    }

    private static let columns: SQL = """
        r.id, r.case_id, r.round, r.unit, r.mark, r.opened_at, r.due_on, r.state, r.measures, r.is_overdue, r.seq,
        c.number
        """

    /// A rectification; nil when there is none.
    func find(_ id: RectificationID, in tx: Transaction) throws -> StoredRectification? {
        try tx.first(
            """
            SELECT \(Self.columns) FROM appeal.rectification AS r JOIN appeal.case_file AS c ON c.id = r.case_id
            WHERE r.id = \(id.uuid)
            """
        ).map { row in try reading { try StoredRectification(row) } }
    }

    /// Whether a case has a rectification that is not closed.
    func hasOpen(_ id: CaseID, in tx: Transaction) throws -> Bool {
        let found = try tx.first(
            "SELECT 1 AS one FROM appeal.rectification WHERE case_id = \(id.uuid) AND state <> 'closed'")
        return found != nil
    }

    /// Stores a new rectification.
    func insert(_ one: Rectification, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO appeal.rectification
                (id, case_id, round, unit, mark, opened_at, due_on, state, measures, is_overdue, seq)
            VALUES (\(one.id.uuid), \(one.caseID.uuid), \(one.round), \(one.unit.text), \(one.mark),
                \(one.openedAt.instant), \(one.dueOn.stored), \(one.state.name.rawValue), \(one.state.text),
                \(one.isOverdue), \(one.version))
            """, expecting: 1)
    }

    /// Stores a change, unless someone else made one first.
    func save(_ one: Rectification, in tx: Transaction) throws {
        let changed = try tx.execute(
            """
            UPDATE appeal.rectification SET state = \(one.state.name.rawValue), measures = \(one.state.text),
                is_overdue = \(one.isOverdue), seq = \(one.version)
            WHERE id = \(one.id.uuid) AND seq < \(one.version)
            """)
        guard changed == 1 else { throw Problem.conflict(currentVersion: one.version) }
    }

    /// Rectifications of cases within reach, newest first.
    func list(_ page: RectificationPage, reach: CaseReach, in tx: Transaction) throws -> [StoredRectification] {
        var sql: SQL = """
            SELECT \(Self.columns) FROM appeal.rectification AS r JOIN appeal.case_file AS c ON c.id = r.case_id
            WHERE \(reach.condition)
            """
        if let state = page.state { sql += " AND r.state = \(state.rawValue)" }
        if let unit = page.unit { sql += " AND r.unit = \(unit.text)" }
        if let (at, id) = page.after { sql += " AND (r.opened_at, r.id) < (\(at), \(id.uuid))" }
        sql += " ORDER BY r.opened_at DESC, r.id DESC LIMIT \(page.limit)"
        return try tx.query(sql) { row in try reading { try StoredRectification(row) } }
    }
}

extension StoredRectification {
    fileprivate init(_ row: Row) throws {
        let measures: String = try row.get("measures")
        let state: Rectification.State =
            switch try RectificationStateName.stored(row, "state") {
            case .open: .open(note: measures)
            case .answered: .answered(measures)
            case .closed: .closed(measures)
            }
        one = Rectification(
            id: RectificationID(try row.get("id", as: UUID.self)),
            caseID: CaseID(try row.get("case_id", as: UUID.self)),
            round: Int(try row.get("round", as: Int32.self)), unit: try .stored(row, "unit"),
            mark: Int(try row.get("mark", as: Int16.self)),
            openedAt: try .stored(row, "opened_at"), dueOn: try .stored(row, "due_on"),
            state: state, isOverdue: try row.get("is_overdue"), version: try row.get("seq"))
        caseNumber = try row.get("number")
    }
}
