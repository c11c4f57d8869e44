import AppealDomain
import Foundation
import Postgres

/// Which cases a list shows.
struct CasePage: Sendable {
    let kind: CaseKind?
    let state: CaseStateName?
    let unit: UnitID?
    let project: UUID?
    let onlyOverdue: Bool
    /// The last entry of the page before.
    let after: (submittedAt: Instant, id: CaseID)?
    let limit: Int
}

extension CaseRepository {
    /// Cases within reach, newest first.
    func list(_ page: CasePage, reach: CaseReach, in tx: Transaction) throws -> [StoredCase] {
        var sql: SQL = "SELECT \(StoredCase.columns) FROM appeal.case_file AS c WHERE \(reach.condition)"
        if let kind = page.kind { sql += " AND c.kind = \(kind.rawValue)" }
        if let state = page.state { sql += " AND c.state = \(state.rawValue)" }
        if let unit = page.unit { sql += " AND c.unit = \(unit.text)" }
        if let project = page.project { sql += " AND c.project_id = \(project)" }
        if page.onlyOverdue { sql += " AND cardinality(c.overdue) > 0" }
        if let (at, id) = page.after { sql += " AND (c.submitted_at, c.id) < (\(at), \(id.uuid))" }
        sql += " ORDER BY c.submitted_at DESC, c.id DESC LIMIT \(page.limit)"
        return try cases(tx.query(sql), in: tx)
    }
}
