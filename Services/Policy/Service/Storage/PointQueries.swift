import Domain
import Foundation
import PolicyDomain
import Postgres
import ServiceRuntime

/// Which versions a list shows.
struct PointPage: Sendable {
    /// Versions in this state.
    let state: RevisionState
    /// Of these units only; nil for any.
    let units: [UnitID]?
    /// That carry all of these tags.
    let tags: Set<Tag>
    /// Of one document only.
    let document: DocumentID?
    /// The last entry of the page before.
    let after: (id: PointID, revision: Int)?
    /// Entries at most.
    let limit: Int
}

extension PointRepository {
    /// One version of a point; nil when there is none.
    func revision(_ revision: Int, of id: PointID, in tx: Transaction) throws -> PointRevision? {
        try one("r.point_id = \(id.uuid) AND r.revision = \(revision)", in: tx)
    }

    /// The version in force; nil when there is none.
    func inForce(_ id: PointID, in tx: Transaction) throws -> PointRevision? {
        try one("r.point_id = \(id.uuid) AND r.state = 'published'", in: tx)
    }

    /// The newest version, whatever its state; nil when there is no such point.
    func newest(_ id: PointID, in tx: Transaction) throws -> PointRevision? {
        try one("r.point_id = \(id.uuid) ORDER BY r.revision DESC LIMIT 1", in: tx)
    }

    private func one(_ condition: SQL, in tx: Transaction) throws -> PointRevision? {
        let sql: SQL = """
            SELECT \(PointRevision.columns)
            FROM policy.point_revision AS r JOIN policy.point AS p ON p.id = r.point_id
            WHERE \(condition)
            """
        return try tx.first(sql).map { row in try reading { try PointRevision(row, coding: coding) } }
    }

    /// Versions of points, newest point first.
    func list(_ page: PointPage, in tx: Transaction) throws -> [PointRevision] {
        var sql: SQL = """
            SELECT \(PointRevision.columns)
            FROM policy.point_revision AS r JOIN policy.point AS p ON p.id = r.point_id
            WHERE r.state = \(page.state.rawValue)
            """
        if let units = page.units { sql += " AND r.responsible_unit = ANY (\(units.map(\.text)))" }
        if !page.tags.isEmpty { sql += " AND r.tags @> \(page.tags.map(\.description))" }
        if let document = page.document { sql += " AND p.document_id = \(document.uuid)" }
        if let (id, revision) = page.after { sql += " AND (r.point_id, r.revision) < (\(id.uuid), \(revision))" }
        sql += " ORDER BY r.point_id DESC, r.revision DESC LIMIT \(page.limit)"
        return try tx.query(sql) { row in try reading { try PointRevision(row, coding: coding) } }
    }

    /// Versions of one point from `below` downwards, newest first.
    func versions(of id: PointID, below: Int?, limit: Int, in tx: Transaction) throws -> [PointRevision] {
        try tx.query(
            """
            SELECT \(PointRevision.columns)
            FROM policy.point_revision AS r JOIN policy.point AS p ON p.id = r.point_id
            WHERE r.point_id = \(id.uuid) AND r.revision < \(below ?? Int(Int32.max))
            ORDER BY r.revision DESC LIMIT \(limit)
            """
        ) { row in try reading { try PointRevision(row, coding: coding) } }
    }

    /// The versions in force of these points.
    func inForce(_ ids: [PointID], in tx: Transaction) throws -> [PointID: PointRevision] {
        let found = try tx.query(
            """
            SELECT \(PointRevision.columns)
            FROM policy.point_revision AS r JOIN policy.point AS p ON p.id = r.point_id
            WHERE r.point_id = ANY (\(ids.map(\.uuid))) AND r.state = 'published'
            """
        ) { row in try reading { try PointRevision(row, coding: coding) } }
        return Dictionary(found.map { ($0.pointID, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// All units that answer for some version of a point.
    func units(in tx: Transaction) throws -> [UnitID] {
        try tx.query("SELECT DISTINCT responsible_unit FROM policy.point_revision") {
            try UnitID($0.get("responsible_unit"), field: "responsible_unit")
        }
    }
}
