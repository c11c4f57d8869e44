import AppealDomain
import Domain
import Foundation
import Postgres

/// Which cases a list shows.
struct CasePage: Sendable {
    let kind: CaseKind?
    let state: CaseStateName?
    let unit: UnitID?
    let project: UUID?
    let onlyOverdue: Bool
    /// Words that the title must all have in it, none of them empty.
    var words: [String] = []
    /// The last entry of the page before.
    let after: (submittedAt: Instant, id: CaseID)?
    let limit: Int
}

extension CaseRepository {
    /// Regions and units up to which a list asks for the newest cases of each. Whoever reaches more finds a page soon
    /// by going through all cases from the newest on.
    private static let fewPlaces = 64

    /// Cases within reach, newest first.
    func list(_ page: CasePage, reach: CaseReach, in tx: Transaction) throws -> [StoredCase] {
        guard let parts = reach.parts(of: page.kind), parts.map(\.places).reduce(0, +) <= Self.fewPlaces else {
            let sql: SQL = """
                SELECT \(StoredCase.columns) FROM appeal.case_file AS c WHERE \(reach.condition)\(page.filter)
                ORDER BY c.submitted_at DESC, c.id DESC LIMIT \(page.limit)
                """
            return try cases(tx.query(sql), in: tx)
        }
        guard var found = parts.first.map({ newest(of: $0, page) }) else { return [] }
        for part in parts.dropFirst() { found += " UNION \(newest(of: part, page))" }
        let sql: SQL = """
            SELECT \(StoredCase.columns)
            FROM (SELECT id, submitted_at FROM (\(found)) AS found ORDER BY submitted_at DESC, id DESC
                  LIMIT \(page.limit)) AS page
            JOIN appeal.case_file AS c ON c.id = page.id
            ORDER BY page.submitted_at DESC, page.id DESC
            """
        return try cases(tx.query(sql), in: tx)
    }

    /// The page's cases of each region and unit, by indexes that have them in the order of the list: those of a region,
    /// those that a unit has, and those that it reported or had before.
    private func newest(of part: CaseReach.KindPart, _ page: CasePage) -> SQL {
        let filter: SQL = "\(part.kinds)\(page.filter)"
        var left = filter
        // The same bound again, where the index of those that a unit had before can use it.
        if let (at, id) = page.after { left += " AND (m.submitted_at, m.case_id) < (\(at), \(id.uuid))" }
        return """
            SELECT newest.id, newest.submitted_at
            FROM unnest(\(part.regions)) AS place (region) CROSS JOIN LATERAL (
                SELECT c.id, c.submitted_at FROM appeal.case_file AS c WHERE c.region = place.region AND \(filter)
                ORDER BY c.submitted_at DESC, c.id DESC LIMIT \(page.limit)) AS newest
            UNION
            SELECT newest.id, newest.submitted_at
            FROM unnest(\(part.units)) AS place (unit) CROSS JOIN LATERAL (
                SELECT c.id, c.submitted_at FROM appeal.case_file AS c WHERE c.unit = place.unit AND \(filter)
                ORDER BY c.submitted_at DESC, c.id DESC LIMIT \(page.limit)) AS newest
            UNION
            SELECT newest.id, newest.submitted_at
            FROM unnest(\(part.units)) AS place (unit) CROSS JOIN LATERAL (
                SELECT m.case_id AS id, m.submitted_at FROM appeal.case_unit AS m
                JOIN appeal.case_file AS c ON c.id = m.case_id
                WHERE m.unit = place.unit AND m.has_left AND \(left)
                ORDER BY m.submitted_at DESC, m.case_id DESC LIMIT \(page.limit)) AS newest
            """
    }
}

extension CasePage {
    /// The conditions of the page on `appeal.case_file` as c, each behind an AND.
    var filter: SQL {
        var sql: SQL = ""
        if let kind { sql += " AND c.kind = \(kind.rawValue)" }
        if let state { sql += " AND c.state = \(state.rawValue)" }
        if let unit { sql += " AND c.unit = \(unit.text)" }
        if let project { sql += " AND c.project_id = \(project)" }
        if onlyOverdue { sql += " AND cardinality(c.overdue) > 0" }
        for word in words {
            // The index knows pairs of characters; whether they stand together is seen in the title.
            if word.unicodeScalars.count > 1 { sql += " AND appeal.grams(c.title) @> appeal.grams(\(word))" }
            sql += " AND position(lower(\(word)) IN lower(c.title)) > 0"
        }
        if let (at, id) = after { sql += " AND (c.submitted_at, c.id) < (\(at), \(id.uuid))" }
        return sql
    }
}

extension CaseReach {
    /// Regions and units with the kinds of cases that they open.
    fileprivate struct KindPart {
        let regions: [String]
        let units: [String]
        let kinds: SQL

        var places: Int { regions.count + units.count }
    }

    /// The parts of the reach that open the kind, without empty ones; nil for a reach that does not go by places.
    fileprivate func parts(of kind: CaseKind?) -> [KindPart]? {
        switch self {
        case .enterprise, .nothing: return nil
        case .staff(let cases, let complaints, let barred):
            var found: [KindPart] = []
            if kind != .complaint {
                found.append(KindPart(regions: cases.regions, units: cases.units, kinds: "c.kind <> 'complaint'"))
            }
            if kind == nil || kind == .complaint {
                found.append(
                    KindPart(
                        regions: complaints.regions, units: complaints.units,
                        kinds: "c.kind = 'complaint' AND c.complained_unit <> ALL (\(barred))"))
            }
            return found.filter { $0.places > 0 }
        }
    }
}
