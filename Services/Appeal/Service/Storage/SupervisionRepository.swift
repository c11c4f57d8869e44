import AppealDomain
import Domain
import Foundation
import Postgres
import ServiceRuntime

/// An order with what lists show of its case.
struct StoredSupervision: Sendable {
    var order: Supervision
    let caseNumber: String
    let kind: CaseKind
}

/// Which orders a list shows.
struct SupervisionPage: Sendable {
    let level: SupervisionLevel?
    let state: SupervisionStateName?
    let unit: UnitID?
    let caseID: CaseID?
    /// The last entry of the page before.
    let after: (issuedAt: Instant, id: SupervisionID)?
    let limit: Int
}

/// Supervision orders in the schema `appeal` (APL-5).
struct SupervisionRepository: Sendable {
    private static let columns: SQL = """
        s.id, s.number, s.case_id, s.unit, s.issued_at, s.level, s.ground, s.demand, s.state, s.answer, s.closed_at,
        s.due_on, s.is_overdue, s.seq, c.number AS case_number, c.kind
        """

    /// An order; nil when there is none.
    func find(_ id: SupervisionID, in tx: Transaction) throws -> StoredSupervision? {
        try tx.first(
            """
            SELECT \(Self.columns) FROM appeal.supervision AS s JOIN appeal.case_file AS c ON c.id = s.case_id
            WHERE s.id = \(id.uuid)
            """
        ).map { row in try reading { try StoredSupervision(row) } }
    }

    /// Whether a case has an order that is not closed.
    func hasOpen(_ id: CaseID, in tx: Transaction) throws -> Bool {
        try tx.first("SELECT 1 AS one FROM appeal.supervision WHERE case_id = \(id.uuid) AND state <> 'closed'") != nil
    }

    /// The order of a case that is not closed; nil when there is none. Its case's row is locked.
    func open(of id: CaseID, in tx: Transaction) throws -> Supervision? {
        try tx.first(
            """
            SELECT \(Self.columns) FROM appeal.supervision AS s JOIN appeal.case_file AS c ON c.id = s.case_id
            WHERE s.case_id = \(id.uuid) AND s.state <> 'closed'
            """
        ).map { row in try reading { try StoredSupervision(row) }.order }
    }

    /// Stores a new order.
    func insert(_ order: Supervision, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO appeal.supervision
                (id, number, case_id, unit, issued_at, level, ground, demand, state, answer, due_on, is_overdue, seq)
            VALUES (\(order.id.uuid), \(order.number), \(order.caseID.uuid), \(order.unit.text),
                \(order.issuedAt.instant), \(order.level.rawValue), \(order.ground.rawValue), \(order.demand),
                \(order.state.name.rawValue), \(order.state.answer), \(order.dueOn.stored), \(order.isOverdue),
                \(order.version))
            """, expecting: 1)
    }

    /// Stores a change, unless someone else made one first.
    func save(_ order: Supervision, in tx: Transaction) throws {
        let closedAt: Instant? =
            switch order.state {
            case .closed(_, let at): at.instant
            case .open, .answered: nil
            }
        let changed = try tx.execute(
            """
            UPDATE appeal.supervision SET level = \(order.level.rawValue), ground = \(order.ground.rawValue),
                demand = \(order.demand), state = \(order.state.name.rawValue), answer = \(order.state.answer),
                closed_at = \(closedAt), due_on = \(order.dueOn.stored), is_overdue = \(order.isOverdue),
                seq = \(order.version)
            WHERE id = \(order.id.uuid) AND seq < \(order.version)
            """)
        guard changed == 1 else { throw Problem.conflict(currentVersion: order.version) }
    }

    /// Orders that a caller may see: those of cases within reach, and listed ones that no bar hides.
    func list(
        _ page: SupervisionPage, reach: CaseReach, showsListed: Bool, in tx: Transaction
    ) throws -> [StoredSupervision] {
        var sql: SQL = """
            SELECT \(Self.columns) FROM appeal.supervision AS s JOIN appeal.case_file AS c ON c.id = s.case_id
            WHERE (\(reach.condition)
            """
        // A complaint on the list stays with those who may see it: its order would tell the unit of the complaint.
        if showsListed { sql += " OR (s.level <> 'order' AND c.kind <> 'complaint')" }
        sql += ")"
        if let level = page.level { sql += " AND s.level = \(level.rawValue)" }
        if let state = page.state { sql += " AND s.state = \(state.rawValue)" }
        if let unit = page.unit { sql += " AND s.unit = \(unit.text)" }
        if let id = page.caseID { sql += " AND s.case_id = \(id.uuid)" }
        if let (at, id) = page.after { sql += " AND (s.issued_at, s.id) < (\(at), \(id.uuid))" }
        sql += " ORDER BY s.issued_at DESC, s.id DESC LIMIT \(page.limit)"
        return try tx.query(sql) { row in try reading { try StoredSupervision(row) } }
    }
}

extension StoredSupervision {
    fileprivate init(_ row: Row) throws {
        let answer: String = try row.get("answer")
        let state: Supervision.State
        switch try SupervisionStateName.stored(row, "state") {
        case .open: state = .open
        case .answered: state = .answered(answer)
        case .closed: state = .closed(answer, at: try present(.optional(row, "closed_at"), "closed_at"))
        }
        order = Supervision(
            id: SupervisionID(try row.get("id", as: UUID.self)), number: try row.get("number"),
            caseID: CaseID(try row.get("case_id", as: UUID.self)), unit: try .stored(row, "unit"),
            issuedAt: try .stored(row, "issued_at"), level: try .stored(row, "level"),
            ground: try .stored(row, "ground"), demand: try row.get("demand"), state: state,
            dueOn: try .stored(row, "due_on"), isOverdue: try row.get("is_overdue"), version: try row.get("seq"))
        caseNumber = try row.get("case_number")
        kind = try .stored(row, "kind")
    }
}
