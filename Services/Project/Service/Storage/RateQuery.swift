import Domain
import Foundation
import Postgres
import ProjectDomain
import ServiceRuntime

/// Which projects a rate is computed over (PRJ-18).
struct RateFilter: Sendable {
    let region: RegionCode?
    let industry: IndustryCode?
    let unit: UnitID?
    /// Units that the caller may read; nil for all.
    var units: [UnitID]?
    let firstMonth: Month?
    let lastMonth: Month?

    /// The condition on a project under an alias.
    fileprivate func condition(_ alias: String, bySigning: Bool) -> SQL {
        var sql: SQL = "\(unescaped: alias).library <> 'outside'"
        if let region { sql += " AND \(unescaped: alias).region LIKE \(region.prefix + "%")" }
        if let industry { sql += " AND \(unescaped: alias).industry_path LIKE \(industry.fullText + "%")" }
        if let unit { sql += " AND \(unescaped: alias).unit = \(unit.text)" }
        if let units { sql += " AND \(unescaped: alias).unit = ANY (\(units.map(\.text)))" }
        guard bySigning else { return sql }
        if let firstMonth { sql += " AND \(unescaped: alias).signing_on >= \(firstMonth.period.start.stored)" }
        if let end = lastMonth?.period.end { sql += " AND \(unescaped: alias).signing_on < \(end.stored)" }
        return sql
    }

    /// The condition on the problems of a project that count: of the rate of solved problems those raised in its months, of
    /// others all.
    fileprivate func problems(byMonth: Bool) -> SQL {
        var sql: SQL = "c.project_id = p.id"
        guard byMonth else { return sql }
        if let firstMonth {
            sql += " AND c.opened_at >= \(BusinessClock.start(of: firstMonth.period.start))"
        }
        if let end = lastMonth?.period.end { sql += " AND c.opened_at < \(BusinessClock.start(of: end))" }
        return sql
    }
}

/// Reads what the projects bring to a rate (PRJ-18). Only projects of the library count.
struct RateQuery: Sendable {
    private func columns(_ kind: RateKind, _ filter: RateFilter) -> SQL {
        let problems = filter.problems(byMonth: kind == .problems)
        return """
            p.id, p.number, p.signing_on, p.stage, p.total_fen, p.domestic_fen, p.foreign_cents, p.completed_fen,
            p.domestic_in_place_fen, p.foreign_in_place_cents, p.signing_key,
            (SELECT s.completed_fen FROM project.scheduled_amount AS s
                WHERE s.project_id = p.id AND s.month + interval '1 month' <= today.day
                ORDER BY s.month DESC LIMIT 1) AS scheduled_fen,
            (SELECT count(*) FROM project.problem AS c WHERE \(problems) AND c.state = 'solved') AS solved,
            (SELECT count(*) FROM project.problem AS c WHERE \(problems) AND c.state <> 'withdrawn') AS problems
            """
    }

    /// Facts of the projects. Signings are filtered by the first of those that count as one, so that a repetition never
    /// appears in another month or unit.
    func facts(_ kind: RateKind, _ filter: RateFilter, today: CivilDate, in tx: Transaction) throws -> [RateFacts] {
        let sql: SQL
        switch kind {
        case .problems:
            sql = """
                SELECT \(columns(kind, filter)) FROM project.project AS p, (SELECT \(today.stored)::date AS day) AS today
                WHERE \(filter.condition("p", bySigning: false))
                """
        case .contractPerformance, .fundsDomestic, .fundsForeign, .start, .production, .investment:
            sql = """
                WITH signing AS (
                    SELECT id, first_value(id) OVER (PARTITION BY signing_key ORDER BY signing_on, id) AS first_id
                    FROM project.project WHERE signing_on IS NOT NULL AND library <> 'outside'
                )
                SELECT \(columns(kind, filter))
                FROM signing JOIN project.project AS p ON p.id = signing.id
                    JOIN project.project AS f ON f.id = signing.first_id,
                    (SELECT \(today.stored)::date AS day) AS today
                WHERE \(filter.condition("f", bySigning: true))
                """
        }
        return try tx.query(sql) { row in try reading { try RateFacts(row) } }
    }
}

extension RateFacts {
    fileprivate init(_ row: Row) throws {
        self.init(
            id: ProjectID(try row.get("id", as: UUID.self)), number: try row.get("number"),
            signedOn: try .optional(row, "signing_on"), stage: try .stored(row, "stage"),
            investment: try row.investment(),
            figures: try row.figures(), scheduled: try row.get("scheduled_fen", as: Int64?.self).map { Money(fen: $0) },
            problems: (solved: try row.get("solved"), total: try row.get("problems")),
            signingKey: try row.get("signing_key"))
    }
}
