import Domain
import Foundation
import Postgres
import ProjectDomain
import ServiceRuntime

/// Projects in the schema `project` (PRJ-3, PRJ-4).
struct ProjectRepository: Sendable {
    /// The next number for people: the year and a count within it.
    func nextNumber(_ today: CivilDate, in tx: Transaction) throws -> String {
        let row = try tx.only(
            """
            INSERT INTO project.project_number AS n (year, last) VALUES (\(today.year), 1)
            ON CONFLICT (year) DO UPDATE SET last = n.last + 1 RETURNING last
            """)
        let digits = String(try row.get("last", as: Int64.self))
        return "P\(today.year)-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    /// Stores a new project.
    func insert(_ project: Project, in tx: Transaction) throws {
        let profile = project.profile
        try tx.execute(
            """
            INSERT INTO project.project
                (id, number, lead_id, registered_at, name, unit, region, site, investor, credit_code, enterprise,
                 source, nature, total_fen, domestic_fen, foreign_cents, size, industry, industry_path, industry_group,
                 chain_role, category, own_procedure, standings, signing_key, stage, status, status_reason, planned_on,
                 library, light_reasons, referred, seq, event_seq)
            VALUES (\(project.id.uuid), \(project.number), \(project.lead?.uuid), \(project.registeredAt.instant),
                \(profile.name), \(profile.unit.text), \(profile.region.description), \(profile.site),
                \(profile.investor.name), \(profile.investor.creditCode?.text), \(profile.enterprise),
                \(profile.source.rawValue), \(profile.nature.rawValue), \(profile.investment.total.fen),
                \(profile.investment.domestic.fen), \(profile.investment.foreign.cents), \(profile.size.rawValue),
                \(profile.industry.description), \(profile.industry.fullText), \(profile.industryGroup),
                \(profile.chainRole?.rawValue), \(profile.category?.rawValue), \(profile.hasOwnProcedure),
                \(profile.standings.map(\.rawValue)), \(profile.signingKey), \(project.stage.rawValue),
                \(project.status.rawValue), '', \(project.stageDates[.planned]?.stored), 'outside', '{}', false,
                \(project.version), 1)
            """, expecting: 1)
    }

    /// Stores a change and counts its events.
    ///
    /// - Parameter version: the version before the change; the aggregate's own for a change of the light alone.
    /// - Returns: the sequence number of the last event.
    func save(
        _ project: Project, from version: Int64, events: Int, in tx: Transaction
    ) throws -> Int64 {
        let (profile, dates) = (project.profile, project.stageDates)
        let reason: String
        switch project.state {
        case .active: reason = ""
        case .suspended(_, let text), .terminated(_, let text): reason = text
        }
        let decision = project.library.decision
        let rows = try tx.query(
            """
            UPDATE project.project
            SET name = \(profile.name), unit = \(profile.unit.text), region = \(profile.region.description),
                site = \(profile.site), investor = \(profile.investor.name),
                credit_code = \(profile.investor.creditCode?.text), enterprise = \(profile.enterprise),
                source = \(profile.source.rawValue), nature = \(profile.nature.rawValue),
                total_fen = \(profile.investment.total.fen), domestic_fen = \(profile.investment.domestic.fen),
                foreign_cents = \(profile.investment.foreign.cents), size = \(profile.size.rawValue),
                industry = \(profile.industry.description), industry_path = \(profile.industry.fullText),
                industry_group = \(profile.industryGroup), chain_role = \(profile.chainRole?.rawValue),
                category = \(profile.category?.rawValue), own_procedure = \(profile.hasOwnProcedure),
                standings = \(profile.standings.map(\.rawValue)), signing_key = \(profile.signingKey),
                stage = \(project.stage.rawValue), status = \(project.status.rawValue), status_reason = \(reason),
                planned_on = \(dates[.planned]?.stored), negotiating_on = \(dates[.negotiating]?.stored),
                signed_on = \(dates[.signed]?.stored), started_on = \(dates[.started]?.stored),
                completed_on = \(dates[.completed]?.stored), in_production_on = \(dates[.inProduction]?.stored),
                library = \(project.library.standing.rawValue), decision_number = \(decision?.number),
                decided_on = \(decision?.day.stored), cadence = \(project.plan?.cadence.rawValue),
                reports_from = \(project.plan?.reportsFrom.stored), rule_set = \(project.plan?.ruleSet),
                reported_before = \(project.reportedBefore?.stored),
                completed_fen = \(project.figures?.completed.fen),
                domestic_in_place_fen = \(project.figures?.domesticInPlace.fen),
                foreign_in_place_cents = \(project.figures?.foreignInPlace.cents),
                statistics_on = \(project.statisticsOn?.stored), light = \(project.lamp.light?.rawValue),
                light_reasons = \(project.lamp.reasons.map(\.stored)), red_since = \(project.lamp.redSince?.stored),
                referred = \(project.lamp.isReferred), seq = \(project.version),
                event_seq = event_seq + \(events)
            WHERE id = \(project.id.uuid) AND seq = \(version) RETURNING event_seq
            """)
        return try RowLock.advanced(rows, table: "project", id: project.id.uuid, in: tx)
    }

    /// Writes the parts of a plan that are rows of their own.
    func savePlan(of project: Project, in tx: Transaction) throws {
        guard let plan = project.plan else { return }
        try tx.execute("DELETE FROM project.milestone WHERE project_id = \(project.id.uuid)")
        for (index, milestone) in plan.milestones.enumerated() {
            try tx.execute(
                """
                INSERT INTO project.milestone (project_id, number, name, due_on, unit, post, stage, reached_on)
                VALUES (\(project.id.uuid), \(index + 1), \(milestone.name), \(milestone.dueOn.stored),
                    \(milestone.unit.text), \(milestone.post), \(milestone.stage?.rawValue),
                    \(milestone.reachedOn?.stored))
                """, expecting: 1)
        }
        try tx.execute("DELETE FROM project.scheduled_amount WHERE project_id = \(project.id.uuid)")
        try tx.execute(
            """
            INSERT INTO project.scheduled_amount (project_id, month, completed_fen)
            SELECT \(project.id.uuid), month, completed_fen
            FROM unnest(\(plan.schedule.map(\.month.period.start.stored)), \(plan.schedule.map(\.completed.fen)))
                AS given (month, completed_fen)
            """, expecting: plan.schedule.count)
    }

    /// One project with its plan, locked where it is about to change; nil when there is none.
    func find(_ id: ProjectID, lock: Bool, in tx: Transaction) throws -> Project? {
        var sql: SQL = "SELECT \(Project.columns) FROM project.project WHERE id = \(id.uuid)"
        if lock { sql += " FOR NO KEY UPDATE" }
        guard let row = try tx.first(sql) else { return nil }
        let milestones = try tx.query(
            """
            SELECT name, due_on, unit, post, stage, reached_on FROM project.milestone
            WHERE project_id = \(id.uuid) ORDER BY number
            """
        ) { row in try reading { try Milestone(row) } }
        let schedule = try tx.query(
            "SELECT month, completed_fen FROM project.scheduled_amount WHERE project_id = \(id.uuid) ORDER BY month"
        ) { row in
            ScheduledAmount(
                month: Month(containing: try .stored(row, "month")),
                completed: Money(fen: try row.get("completed_fen")))
        }
        return try reading { try Project(row, milestones: milestones, schedule: schedule) }
    }

    /// Projects without their plans, newest first.
    func list(_ page: ProjectPage, in tx: Transaction) throws -> [Project] {
        var sql: SQL = "SELECT \(Project.columns) FROM project.project WHERE true"
        if let units = page.units { sql += " AND unit = ANY (\(units.map(\.text)))" }
        if let stage = page.stage { sql += " AND stage = \(stage.rawValue)" }
        if let status = page.status { sql += " AND status = \(status.rawValue)" }
        if let light = page.light { sql += " AND light = \(light.rawValue)" }
        if let library = page.library { sql += " AND library = \(library.rawValue)" }
        if let region = page.region { sql += " AND region LIKE \(region.prefix + "%")" }
        if let industry = page.industry { sql += " AND industry_path LIKE \(industry.fullText + "%")" }
        if let after = page.after { sql += " AND id < \(after.uuid)" }
        sql += " ORDER BY id DESC LIMIT \(page.limit)"
        return try tx.query(sql) { row in try reading { try Project(row, milestones: [], schedule: []) } }
    }

    /// The project signed before by the same investor for the same site and amount, in the stage of signing or past it;
    /// nil when there is none (PRJ-18).
    func repeats(_ project: Project, in tx: Transaction) throws -> ProjectID? {
        guard let signedOn = project.stageDates.signing else { return nil }
        return try tx.first(
            """
            SELECT id FROM project.project
            WHERE signing_key = \(project.profile.signingKey) AND signing_on IS NOT NULL
                AND (signing_on, id) < (\(signedOn.stored), \(project.id.uuid))
            ORDER BY signing_on, id LIMIT 1
            """
        ).map { ProjectID(try $0.get("id", as: UUID.self)) }
    }

    /// Projects behind an identifier and in its order, locked; with the sequence number of the newest event.
    func announced(after id: ProjectID?, limit: Int, in tx: Transaction) throws -> [(id: ProjectID, seq: Int64)] {
        try tx.query(
            """
            SELECT id, event_seq FROM project.project
            WHERE event_seq > 0 AND (\(id?.uuid)::uuid IS NULL OR id > \(id?.uuid))
            ORDER BY id LIMIT \(limit) FOR NO KEY UPDATE
            """
        ) { (id: ProjectID(try $0.get("id", as: UUID.self)), seq: try $0.get("event_seq", as: Int64.self)) }
    }
}

/// Which projects a list shows.
struct ProjectPage: Sendable {
    /// Projects of these units; nil for all.
    var units: [UnitID]?
    let stage: Stage?
    let status: ProjectStatus?
    let light: Light?
    let library: LibraryStanding?
    let region: RegionCode?
    let industry: IndustryCode?
    /// The last entry of the page before.
    let after: ProjectID?
    /// Entries at most.
    let limit: Int
}

extension RegionCode {
    /// The digits that every region within this one begins with.
    var prefix: String {
        let digits = description
        return switch level {
        case .province: String(digits.prefix(2))
        case .city: String(digits.prefix(4))
        case .county: String(digits.prefix(6))
        case .town: digits
        }
    }
}
