import Domain
import Foundation
import Postgres
import ProjectDomain
import ServiceRuntime

/// Reports of progress, missing ones among them (PRJ-9).
struct ReportRepository: Sendable {
    /// Stores a report in its place, which a missing one may hold.
    func save(_ report: ProgressReport, of project: ProjectID, by account: String?, in tx: Transaction) throws {
        let content = report.content
        try tx.execute(
            """
            INSERT INTO project.progress_report
                (project_id, period_start, period_end, due_on, outcome, completed_fen, domestic_in_place_fen,
                 foreign_in_place_cents, picture, correction_note, reported_by, reported_at)
            VALUES (\(project.uuid), \(report.period.start.stored), \(report.period.end?.stored),
                \(report.dueOn.stored), \(report.outcome.rawValue), \(content?.figures.completed.fen),
                \(content?.figures.domesticInPlace.fen), \(content?.figures.foreignInPlace.cents),
                \(content?.picture ?? ""), \(content?.correctionNote ?? ""), \(account), \(content?.at.instant))
            ON CONFLICT (project_id, period_start) DO UPDATE SET
                outcome = EXCLUDED.outcome, completed_fen = EXCLUDED.completed_fen,
                domestic_in_place_fen = EXCLUDED.domestic_in_place_fen,
                foreign_in_place_cents = EXCLUDED.foreign_in_place_cents, picture = EXCLUDED.picture,
                correction_note = EXCLUDED.correction_note, reported_by = EXCLUDED.reported_by,
                reported_at = EXCLUDED.reported_at
            WHERE progress_report.outcome = 'missing'
            """, expecting: 1)
    }

    /// Whether a report of the period, or its place, is there.
    func knows(_ period: Period, of project: ProjectID, in tx: Transaction) throws -> Bool {
        try tx.first(
            """
            SELECT 1 AS one FROM project.progress_report
            WHERE project_id = \(project.uuid) AND period_start = \(period.start.stored)
            """) != nil
    }

    /// Reports of periods before a day, newest first.
    func list(of project: ProjectID, before: CivilDate, limit: Int, in tx: Transaction) throws -> [ProgressReport] {
        try tx.query(
            """
            SELECT period_start, period_end, due_on, outcome, completed_fen, domestic_in_place_fen,
                foreign_in_place_cents, picture, correction_note, reported_at
            FROM project.progress_report
            WHERE project_id = \(project.uuid) AND period_start < \(before.stored)
            ORDER BY period_start DESC LIMIT \(limit)
            """
        ) { row in try reading { try ProgressReport(row) } }
    }

    /// How many reports were late or are missing, and how many there should be.
    func punctuality(of project: ProjectID, in tx: Transaction) throws -> (late: Int, due: Int) {
        let row = try tx.only(
            """
            SELECT count(*) FILTER (WHERE outcome <> 'on_time') AS late, count(*) AS due
            FROM project.progress_report WHERE project_id = \(project.uuid)
            """)
        return (late: try row.get("late"), due: try row.get("due"))
    }
}

extension ProgressReport {
    fileprivate init(_ row: Row) throws {
        let content = try BusinessTime.optional(row, "reported_at").map { at in
            Content(
                figures: try row.known("completed_fen", row.figures()), picture: try row.get("picture"),
                correctionNote: try row.get("correction_note"), at: at)
        }
        self.init(
            period: try Period(
                from: .stored(row, "period_start"),
                until: .optional(row, "period_end")),
            dueOn: try .stored(row, "due_on"), content: content,
            outcome: try .stored(row, "outcome"))
    }
}
