import Domain
import Foundation
import Postgres
import ProjectDomain
import ServiceRuntime

/// States of a problem on a project, as contract and storage name them (PRJ-11).
enum ProblemState: String, CaseIterable, Sendable {
    case open
    case solved
    case withdrawn
}

/// A problem case of appeal about a project.
struct ProjectProblem: Sendable {
    let caseID: UUID
    let project: ProjectID
    /// Unit that handles it; empty before one has it.
    let unit: String
    let state: ProblemState
    let openedAt: BusinessTime
    let dueAt: BusinessTime?
    let endedAt: BusinessTime?
}

/// What appeal tells about problems of projects (PRJ-11).
struct ProblemRepository: Sendable {
    /// Stores a problem as the newest event tells it.
    func save(_ problem: ProjectProblem, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO project.problem (case_id, project_id, unit, state, opened_at, due_at, ended_at)
            VALUES (\(problem.caseID), \(problem.project.uuid), \(problem.unit), \(problem.state.rawValue),
                \(problem.openedAt.instant), \(problem.dueAt?.instant), \(problem.endedAt?.instant))
            ON CONFLICT (case_id) DO UPDATE SET
                project_id = EXCLUDED.project_id, unit = EXCLUDED.unit, state = EXCLUDED.state,
                opened_at = EXCLUDED.opened_at, due_at = EXCLUDED.due_at, ended_at = EXCLUDED.ended_at
            """, expecting: 1)
    }

    /// The open problems of a project.
    func open(of project: ProjectID, in tx: Transaction) throws -> [OpenProblem] {
        try tx.query(
            "SELECT opened_at, due_at FROM project.problem WHERE project_id = \(project.uuid) AND state = 'open'"
        ) { row in
            OpenProblem(
                openedAt: try .stored(row, "opened_at"),
                dueAt: try .optional(row, "due_at"))
        }
    }

    /// Problems of a project behind a case, newest first.
    func list(of project: ProjectID, after: UUID?, limit: Int, in tx: Transaction) throws -> [ProjectProblem] {
        var sql: SQL = """
            SELECT case_id, unit, state, opened_at, due_at, ended_at FROM project.problem
            WHERE project_id = \(project.uuid)
            """
        if let after { sql += " AND case_id < \(after)" }
        sql += " ORDER BY case_id DESC LIMIT \(limit)"
        return try tx.query(sql) { row in
            ProjectProblem(
                caseID: try row.get("case_id"), project: project, unit: try row.get("unit"),
                state: try .stored(row, "state"),
                openedAt: try .stored(row, "opened_at"),
                dueAt: try .optional(row, "due_at"), endedAt: try .optional(row, "ended_at"))
        }
    }

    /// How many of a project's problems are solved, and how many there are, withdrawn ones left out.
    func solved(of project: ProjectID, in tx: Transaction) throws -> (solved: Int64, total: Int64) {
        let row = try tx.only(
            """
            SELECT count(*) FILTER (WHERE state = 'solved') AS solved,
                count(*) FILTER (WHERE state <> 'withdrawn') AS total
            FROM project.problem WHERE project_id = \(project.uuid)
            """)
        return (solved: try row.get("solved"), total: try row.get("total"))
    }
}
